"""The site in a real browser: it paints what the installation paints, live, and sends nothing anywhere."""

import base64
import re
import time
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from installation.browser.tables import LIVE, sizes
from installation.collection import Collection
from installation.network.runtime import Choice, runtimes
from installation.network.tflite import NetworkFile
from installation.painter.stylizer import Stylizer
from tests.browser.scenes import photos
from tests.e2e.page.support import NEEDS_BROWSER, until
from tests.e2e.site.hosting import Site
from tests.pictures import read_picture

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), NEEDS_BROWSER]

CHROMIUMS_OWN = re.compile(r"[/.](google|googleapis|gstatic|gvt1|duckduckgo)\.com(:443|/|$)")
"""Hosts that Chromium asks by itself, whatever page is open: for the time, for updates, for its start page."""

PAINT = """
const [frames, name, mix, strength, kind, done] = arguments;
(async () => {
  const [{ Studio }, { mixed }] = await Promise.all([import("./studio.js"), import("./engine/mixing.js")]);
  const read = (file) => fetch(file).then((answer) => answer.json());
  const [sizes, styles] = await Promise.all(["sizes.json", "collection.json"].map(read));
  const vector = (name) => styles.find((style) => style.name === name).vector;
  const whole = mixed(vector("photo"), Object.entries(mix).map(([name, weight]) => [vector(name), weight]), strength);
  const { width, height } = sizes.sizes[name];
  const studio = await Studio.open(sizes, kind, 2);
  const answers = [];
  for (const frame of frames) {
    const bytes = Uint8Array.from(atob(frame), (character) => character.charCodeAt(0));
    const image = new ImageData(new Uint8ClampedArray(bytes.buffer), width, height);
    const { rgba } = await studio.paint(name, image, whole.slice());
    let text = "";
    for (const byte of rgba) text += String.fromCharCode(byte);
    answers.push(btoa(text));
  }
  studio.close();
  return answers;
})().then(done, (error) => done(String(error?.stack ?? error)));
"""


def painted(
    driver: Any, frames: list[NDArray[np.uint8]], mix: dict[str, float], strength: float, kind: str = "wasm"
) -> list[NDArray[Any]]:
    """What the page paints of frames of one size."""
    height, width, _ = frames[0].shape
    opaque = [np.dstack([frame, np.full((height, width), 255, np.uint8)]) for frame in frames]
    given = [base64.b64encode(frame.tobytes()).decode() for frame in opaque]
    answer = driver.execute_async_script(PAINT, given, f"{width}x{height}", mix, strength, kind)
    assert isinstance(answer, list), answer
    return [np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[..., :3] for text in answer]


@pytest.fixture
def page(driver: Any, site: Site) -> Any:
    driver.get(f"{site.url}index.html?stats&lang=en")
    until(lambda: text(driver, "status").startswith("Ready"), 60, "the painter does not start")
    yield driver
    driver.get("about:blank")
    errors = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    expected = ("litert", "elsewhere.example")  # LiteRT.js logs its news as errors
    assert not [message for message in errors if not any(words in message for words in expected)]


def text(driver: Any, identity: str) -> str:
    return str(driver.execute_script("return document.getElementById(arguments[0]).textContent", identity))


def pixels(driver: Any) -> NDArray[np.uint8]:
    """What is on the page's canvas: uint8 ``[height, width, 3]``."""
    script = """
    const canvas = document.getElementById("picture");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let text = "";
    for (const byte of data) text += String.fromCharCode(byte);
    return [canvas.width, canvas.height, btoa(text)];
    """
    width, height, answer = driver.execute_script(script)
    return np.frombuffer(base64.b64decode(answer), np.uint8).reshape(height, width, 4)[..., :3]


def test_twenty_pictures_are_painted_as_the_installation_paints_them(page: Any) -> None:
    collection = Collection.load()
    file = NetworkFile.load(collection.network_path)
    runtime = runtimes()[0]
    live = [size for cost_class, size in sizes() if cost_class == LIVE]
    names = [name for name in collection.names if name != "photo"]
    away = []
    for number, (height, width) in enumerate(live[:4]):
        stylizer = Stylizer(file, Choice(runtime.name, runtime.version, "int8", 1), (height, width))
        mix = {names[number]: 0.7, names[number + 1]: 0.3} if number % 2 else {names[number]: 1.0}
        strength = 0.6 if number == 3 else 1.0
        vector = collection.vector(mix, strength)
        frames = photos(height, width)[number * 5 : number * 5 + 5]
        for frame, ours in zip(frames, painted(page, frames, mix, strength), strict=True):
            theirs = stylizer.paint(frame, vector)
            away.append(float(np.abs(ours.astype(int) - theirs.astype(int)).mean()))
            assert np.abs(frame.astype(int) - theirs.astype(int)).mean() > 4, "it was painted at all"
    print(f"mean distance of {len(away)} pictures: {np.mean(away):.3f}, largest {max(away):.3f} of 255")
    assert len(away) == 20
    assert max(away) <= 2


def test_two_threads_paint_the_same(page: Any) -> None:
    frames = photos(256, 256)[:1]
    mix = {Collection.load().names[0]: 1.0}
    (one,), (two,) = (painted(page, frames, mix, 1.0, kind) for kind in ("wasm", "threads"))
    assert np.abs(one.astype(int) - two.astype(int)).mean() <= 0.5


def test_the_camera_is_painted_live_in_the_chosen_style(page: Any) -> None:
    page.find_element("css selector", "#camera").click()
    until(lambda: float(text(page, "fps")) > 1, 60, "nothing is painted")
    first = pixels(page)
    assert first.std() > 10
    page.find_element("css selector", "#strength").send_keys("\ue011")  # home: the plain mirror
    until(lambda: np.abs(pixels(page).astype(int) - first.astype(int)).mean() > 4, what="strength changes nothing")
    plain = pixels(page)
    name = Collection.load().names[1]
    page.find_element("css selector", "#strength").send_keys("\ue010")  # end
    page.find_element("css selector", f".tile[data-name={name}]").click()
    until(lambda: np.abs(pixels(page).astype(int) - plain.astype(int)).mean() > 4, what="the style changes nothing")
    assert text(page, "work") == Collection.load()[name].title
    time.sleep(4)
    print(f"{text(page, 'fps')} pictures a second at class {LIVE}, one thread")
    page.find_element("css selector", "#stop").click()
    assert not page.find_element("css selector", "#stop").is_displayed()


def test_nothing_is_sent_anywhere(page: Any, site: Site) -> None:
    page.get("about:blank")
    site.requests.seen.clear()  # what Chromium asks for when it starts is not the page's
    page.get(f"{site.url}index.html?stats&lang=en")
    until(lambda: text(page, "status").startswith("Ready"), 60, "the painter does not start")
    page.find_element("css selector", "#camera").click()
    until(lambda: float(text(page, "fps")) > 1, 60, "nothing is painted")
    origin = site.url.rstrip("/")
    for method, address, length in site.requests.seen:
        if not CHROMIUMS_OWN.search(address):
            assert (method, length) == ("GET", 0), (method, address)
            assert address.startswith(origin + "/"), address
    entries = "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    assert all(address.startswith((origin + "/", "blob:")) for address in page.execute_script(entries))
    exported = {path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*") if path.is_file()}
    asked = {address.removeprefix(site.url).partition("?")[0] for _, address, _ in site.requests.of_the_site(origin)}
    assert asked <= exported | {""}
    # And nothing could be sent: the policy stops it before it leaves the page.
    for address in ("http://elsewhere.example/", "https://elsewhere.example/"):
        refused = "fetch(arguments[0], {method: 'POST', body: 'picture'}).then(() => 'sent', () => 'refused')"
        assert page.execute_script(f"return {refused}", address) == "refused"
    assert not [address for _, address, _ in site.requests.seen if "elsewhere.example" in address]


def test_a_photo_is_painted_and_painted_anew(page: Any, tmp_path: Path) -> None:
    from PIL import Image

    height, width = 480, 640
    path = tmp_path / "photo.png"
    Image.fromarray(photos(height, width)[0]).save(path)
    page.find_element("css selector", "#file").send_keys(str(path))
    until(lambda: text(page, "status") == "Painted", 30)
    until(lambda: pixels(page).shape == (384, 512, 3) and pixels(page).std() > 10, 30, "the photo is not painted")
    first = pixels(page)
    page.find_element("css selector", f".tile[data-name={Collection.load().names[2]}]").click()
    until(lambda: np.abs(pixels(page).astype(int) - first.astype(int)).mean() > 4, 30, "the style changes nothing")


def test_a_file_that_is_no_picture_is_refused_in_one_sentence(page: Any, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no picture")
    page.find_element("css selector", "#file").send_keys(str(path))
    until(lambda: text(page, "news").startswith("This file cannot be opened"))
    assert page.find_element("css selector", "#camera").is_enabled()


def test_a_picture_and_ten_seconds_are_saved(page: Any, tmp_path: Path) -> None:
    page.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    page.find_element("css selector", "#camera").click()
    until(lambda: float(text(page, "fps")) > 1, 60, "nothing is painted")
    page.find_element("css selector", "#save").click()
    picture = until(lambda: next(iter(tmp_path.glob("*.png")), None), 30, "no picture is saved")
    until(lambda: whole(picture), 10)
    assert read_picture(picture).size == (512, 384)
    record = page.find_element("css selector", "#record")
    record.click()
    until(lambda: record.text.startswith("Recording"))
    film = until(lambda: next((path for path in tmp_path.iterdir() if path.suffix in {".mp4", ".webm"}), None), 60)
    with av.open(str(film)) as opened:
        frames = list(opened.decode(video=0))
    assert (frames[0].height, frames[0].width) == (224, 304)
    assert 8 < float(frames[-1].time or 0) - float(frames[0].time or 0) < 14
    until(lambda: record.text == "Record 10 seconds")


def whole(path: Path) -> bool:
    try:
        return read_picture(path).size[0] > 0
    except OSError:
        return False


def test_it_works_without_a_connection_once_loaded(page: Any, site: Site) -> None:
    until(lambda: page.find_element("css selector", "#offline").is_displayed(), 90, "the site is not kept")
    site.away = True
    try:
        page.get(f"{site.url}index.html?stats&lang=en")
        until(lambda: text(page, "status").startswith("Ready"), 60, "the painter does not start")
        assert page.execute_script("return crossOriginIsolated")
        page.find_element("css selector", "#camera").click()
        until(lambda: float(text(page, "fps")) > 1, 60, "nothing is painted")
    finally:
        site.away = False


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Kamera öffnen"), ("fr", "Ouvrir la caméra"), ("zh", "打开摄像头")]
)
def test_it_speaks_four_languages_and_fits_a_small_phone(page: Any, language: str, words: str) -> None:
    page.find_element("css selector", "#camera").click()
    until(lambda: float(text(page, "fps")) > 1, 60, "nothing is painted")
    page.find_element("css selector", "#mix summary").click()
    page.find_element("css selector", f"#languages button[value={language}]").click()
    assert text(page, "camera") == words
    width, inner = page.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert width == inner == 360
    small = page.execute_script(
        "return [...document.querySelectorAll('button, select, summary, label.action, a')]"
        ".filter((e) => e.offsetParent && Math.min(e.getBoundingClientRect().height, "
        "e.getBoundingClientRect().width) < 44).map((e) => e.outerHTML)"
    )
    assert small == [], "too small to touch"
    page.find_element("css selector", "#languages button[value=en]").click()


def test_styles_are_mixed_on_the_pad(page: Any) -> None:
    page.find_element("css selector", "#camera").click()
    until(lambda: float(text(page, "fps")) > 1, 60, "nothing is painted")
    page.find_element("css selector", "#mix summary").click()
    page.find_element("css selector", "#pad").send_keys("\ue014")  # right
    until(lambda: "%" in text(page, "work"), what="no mix is shown")
    pressed = page.execute_script("return document.querySelectorAll('.tile[aria-pressed=true]').length")
    assert pressed == 2
