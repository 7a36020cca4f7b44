"""The visitor page in real Chromium against real mosquitto."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installation.control import embedded
from installation.control.webserver import PageServer, page_folder
from tests.e2e.page_support import (
    BASE,
    STYLES,
    Mosquitto,
    RealMirror,
    StubMirror,
    browser,
    missing,
    page_server,
    until,
    visitor,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), pytest.mark.skipif(bool(missing()), reason=missing())]

ON_SCREEN = "return [...document.querySelectorAll('.tile[aria-pressed=true]')].map((tile) => tile.dataset.name)"


TAP = """
const [name, done] = arguments, tile = document.querySelector(`.tile[data-name=${name}]`);
const start = performance.now();
new MutationObserver((_, observer) => {
  if (tile.getAttribute("aria-pressed") === "true") { observer.disconnect(); done(performance.now() - start); }
}).observe(tile, {attributes: true});
tile.click();
"""
"""Tap a tile; answers the milliseconds until the page shows it."""


class Visit:
    """One visitor's page, in the words of a visitor."""

    def __init__(self, driver: Any, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, fragment: str = "#mirror", url: str | None = None) -> None:
        self.driver.get("about:blank")
        self.driver.get((url or self.url) + fragment)

    def on_screen(self) -> list[str]:
        return list(self.driver.execute_script(ON_SCREEN))

    def shows(self, *names: str) -> None:
        until(lambda: sorted(self.on_screen()) == sorted(names), what=f"the page does not show {names}")

    def text(self, identity: str) -> str:
        return str(self.driver.execute_script("return document.getElementById(arguments[0]).textContent", identity))

    def says(self, identity: str, words: str) -> None:
        until(lambda: words in self.text(identity), what=f"#{identity} says {self.text(identity)!r}, not {words!r}")

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def tap(self, name: str) -> None:
        self.find(f".tile[data-name={name}]").click()

    def press(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self) -> str:
        return str(
            self.driver.execute_script("return document.activeElement.dataset.name || document.activeElement.id")
        )


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with browser(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path, page_folder())
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def server(broker: Mosquitto) -> Iterator[PageServer]:
    server = page_server(broker.port)
    yield server
    server.stop()


@pytest.fixture
def mirror(broker: Mosquitto) -> Iterator[StubMirror]:
    mirror = StubMirror(broker.port)
    yield mirror
    mirror.stop()


@pytest.fixture
def visit(driver: Any, server: PageServer) -> Iterator[Visit]:
    visit = Visit(driver, server.url)
    yield visit
    driver.get("about:blank")
    errors = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    expected = ("tiles/", "WebSocket connection to")
    assert not [message for message in errors if not any(words in message for words in expected)]


def test_a_tap_reaches_the_mirror_and_the_page_shows_it(visit: Visit, mirror: StubMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    visit.says("status", "Live")
    visit.tap("scream")
    visit.shows("scream")
    visit.says("now-style", "The Scream")
    visit.says("now-artist", "Edvard Munch, 1893")
    assert mirror.wishes == [("style", "scream")]
    assert visit.text("news") == ""


def test_served_by_mosquitto_itself(visit: Visit, mirror: StubMirror, broker: Mosquitto) -> None:
    visit.open("?id=mirror", f"http://127.0.0.1:{broker.web_port}/")
    visit.shows("great-wave")
    visit.tap("water-lilies")
    visit.shows("water-lilies")


def test_without_an_id_the_visitor_chooses_among_those_online(
    visit: Visit, mirror: StubMirror, broker: Mosquitto
) -> None:
    other, gone = StubMirror(broker.port, "stairs"), StubMirror(broker.port, "attic")
    gone.stop()
    visit.open("")
    until(lambda: visit.text("mirrors") == "Mirror mirrormirrorMirror stairsstairs", what=visit.text("mirrors"))
    visit.find("#mirrors a[href='#stairs']").click()
    visit.says("name", "Mirror stairs")
    visit.tap("scream")
    visit.shows("scream")
    assert (other.wishes, mirror.wishes) == ([("style", "scream")], [])
    visit.find("#another").click()
    until(lambda: "Mirror mirror" in visit.text("mirrors"))
    other.stop()


def test_the_page_comes_back_after_a_broker_restart(visit: Visit, mirror: StubMirror, broker: Mosquitto) -> None:
    visit.open()
    visit.shows("great-wave")
    broker.stop()
    visit.says("status", "No connection")
    broker.start()
    visit.says("status", "Live")
    visit.tap("scream")
    visit.shows("scream")


def test_a_tap_made_during_the_restart_counts(visit: Visit, mirror: StubMirror, broker: Mosquitto) -> None:
    visit.open()
    visit.shows("great-wave")
    broker.stop()
    visit.says("status", "No connection")
    visit.tap("scream")
    visit.tap("starry-night")  # the later one is meant
    until(lambda: "wished" in visit.find(".tile[data-name=starry-night]").get_attribute("class"))
    broker.start()
    visit.shows("starry-night")
    until(lambda: mirror.wishes)
    assert {payload for _, payload in mirror.wishes} == {"starry-night"}


def test_a_tap_counts_even_if_the_mirror_returns_after_the_page(
    visit: Visit, mirror: StubMirror, broker: Mosquitto
) -> None:
    visit.open()
    visit.shows("great-wave")
    mirror.vanish()
    visit.says("status", "offline")
    broker.stop()
    visit.says("status", "No connection")
    visit.tap("scream")
    broker.start()
    visit.says("status", "offline")
    again = StubMirror(broker.port)
    visit.shows("scream")
    again.stop()


def test_a_phone_that_slept_makes_a_new_connection(visit: Visit, mirror: StubMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    visit.driver.execute_script("""
      const hide = (hidden) => {
        Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
      };
      const now = Date.now;
      window.connections = 0;
      window.WebSocket = class extends WebSocket { constructor(...all) { super(...all); window.connections += 1; } };
      hide(true);
      Date.now = () => now() + 60000;
      hide(false);
    """)
    until(lambda: visit.driver.execute_script("return window.connections") == 1)
    visit.tap("scream")
    visit.shows("scream")
    visit.says("status", "Live")


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({"phase": "closed"}, "closed just now"),
        ({"phase": "off"}, "switched off"),
        ({"display": "OFF"}, "switched off"),
    ],
)
def test_closed_and_off_are_said_and_taps_do_nothing(
    visit: Visit, mirror: StubMirror, states: dict[str, str], words: str
) -> None:
    visit.open()
    visit.shows("great-wave")
    mirror.show(**states)
    visit.says("status", words)
    visit.shows()
    visit.tap("scream")
    visit.says("news", words)
    assert not visit.find("#strength").is_enabled()
    assert mirror.wishes == []
    mirror.show(phase="visitor", display="ON")
    visit.says("status", "Live")


def test_offline_unknown_and_blind_are_said(visit: Visit, mirror: StubMirror, broker: Mosquitto) -> None:
    visit.open()
    visit.shows("great-wave")
    mirror.say("health", json.dumps({"camera": "no frames for 3 s"}))
    visit.says("status", "cannot see")
    mirror.vanish()
    visit.says("status", "offline")
    visit.open("#nowhere")
    visit.says("status", "No mirror of this name")


def test_another_visitors_choice_is_said_but_not_the_attract_loops(
    visit: Visit, mirror: StubMirror, broker: Mosquitto
) -> None:
    visit.open()
    visit.shows("great-wave")
    visitor(broker.port, "mirror/style/set", "scream")
    visit.shows("scream")
    visit.says("news", "Another visitor just chose “The Scream”")
    visitor(broker.port, "mirror/strength/set", "0.4")
    visit.says("news", "changed the strength")
    assert visit.text("strength-value") == "40%"
    mirror.show(phase="attract")
    visit.says("status", "by itself")
    until(lambda: visit.text("news") == "")
    mirror.show(style="water-lilies")
    visit.shows("water-lilies")
    time.sleep(0.5)
    assert visit.text("news") == ""


def test_the_mixes_that_a_morph_passes_through_are_not_shown(visit: Visit, mirror: StubMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    visit.driver.execute_script(
        "window.most = 0; new MutationObserver(() => { window.most = Math.max(window.most, "
        "document.querySelectorAll('.tile[aria-pressed=true]').length) })"
        ".observe(document.getElementById('styles'), {attributes: true, subtree: true})"
    )
    mirror.show(style="scream")
    for share in (0.1, 0.3, 0.5, 0.7, 0.9, 1.0):
        mirror.show(mix=json.dumps({"styles": {"scream": share, "great-wave": 1.0 - share}}))
        time.sleep(0.1)
    visit.shows("scream")
    time.sleep(0.6)
    assert visit.driver.execute_script("return window.most") == 1
    mirror.show(mix=json.dumps({"styles": {"scream": 0.7, "great-wave": 0.3}}))
    visit.shows("scream", "great-wave")
    visit.says("news", "mixed styles")


def test_the_strength_slider_works_with_the_keyboard(visit: Visit, mirror: StubMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    slider = visit.find("#strength")
    slider.send_keys(*["\ue012"] * 10)  # left
    until(lambda: mirror.wishes and mirror.wishes[-1] == ("strength", "0.9"), what=str(mirror.wishes))
    assert slider.get_attribute("aria-valuetext") == "90%"
    slider.send_keys("\ue011")  # home
    until(lambda: mirror.wishes[-1] == ("strength", "0"))


def test_everything_can_be_done_with_the_keyboard(visit: Visit, mirror: StubMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    order: list[str] = []
    visit.driver.execute_script("document.body.focus()")
    for _ in range(40):
        visit.press("\ue004")
        if visit.focused() in order:
            break
        order.append(visit.focused())
        if order[-1] == "scream":
            visit.press(" ")
            visit.shows("scream")
        if visit.driver.execute_script("return document.activeElement.tagName") == "SUMMARY":
            visit.press("\ue007")
    wanted = ["strength", *(style["name"] for style in STYLES), "corner-0", "corner-1", "pad", "corner-2", "corner-3"]
    assert [name for name in order if name in wanted] == wanted


def test_the_pad_mixes_by_key_and_by_touch(visit: Visit, mirror: StubMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    visit.find("#mix summary").click()
    pad = visit.find("#pad")
    pad.send_keys("\ue014", "\ue014")  # right, right
    visit.shows("great-wave", "scream")
    until(lambda: json.loads(mirror.wishes[-1][1])["styles"] == {"great-wave": 0.4, "scream": 0.6})
    assert "60% The Scream" in pad.get_attribute("aria-valuetext")
    visit.says("now-style", "60% The Scream")
    box = pad.rect
    from selenium.webdriver.common.action_chains import ActionChains

    reach = int(box["width"] / 2) - 2
    ActionChains(visit.driver).move_to_element(pad).click_and_hold().move_by_offset(-reach, 0).release().perform()
    visit.shows("great-wave")
    until(lambda: json.loads(mirror.wishes[-1][1])["styles"] == {"great-wave": 1})
    assert visit.text("news") == ""


def test_four_styles_in_four_corners(visit: Visit, mirror: StubMirror) -> None:
    from selenium.webdriver.support.select import Select

    visit.open()
    visit.shows("great-wave")
    visit.find("#mix summary").click()
    Select(visit.find("#corner-2")).select_by_value("starry-night")
    Select(visit.find("#corner-3")).select_by_value("added-later")
    visit.shows("great-wave", "scream", "starry-night", "added-later")
    weights = json.loads(mirror.wishes[-1][1])["styles"]
    assert set(weights.values()) == {0.25}


def test_what_a_screen_reader_gets(visit: Visit, mirror: StubMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    visit.find("#mix summary").click()
    nodes = visit.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    said = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node.get("ignored") and "role" in node
    ]
    for role, name in (
        ("heading", "Mirror mirror"),
        ("group", "Choose a style"),
        ("button", "The Scream Edvard Munch, 1893"),
        ("slider", "Strength"),
        ("slider", "Mix"),
        ("combobox", "Top left"),
        ("group", "Language"),
    ):
        assert (role, name) in said, (role, name, [one for one in said if one[0] == role])
    pressed = [
        node["name"]["value"]
        for node in nodes
        for given in node.get("properties", [])
        if given["name"] == "pressed" and given["value"]["value"] == "true"
    ]
    assert sorted(pressed) == ["English", "The Great Wave Katsushika Hokusai, 1831"]
    regions = visit.driver.execute_script("return [...document.querySelectorAll('[role=status]')].map((e) => e.id)")
    assert regions == ["status", "news"]


HOSTILE: list[tuple[str, bytes]] = [
    ("info", b"\xff\xfe"),
    ("info", b'{"styles": 1}'),
    ("info", b'{"styles": [null, 1, {"name": "../../x"}, {"name": "a", "title": {"b": 1}}], "name": []}'),
    ("info", b"[" * 50_000),
    ("style/state", b"<img src=x onerror=alert(1)>"),
    ("style/state", b"no-such-style"),
    ("strength/state", b"NaN"),
    ("strength/state", b"1e999"),
    ("mix/state", b'{"styles": {"great-wave": -1, "__proto__": {"x": 1}}}'),
    ("mix/state", b"null"),
    ("display/state", b"\x00"),
    ("phase/state", b"constructor"),
    ("constructor/state", b"x"),
    ("health", b"null"),
    ("health", b'{"camera": {}}'),
    ("availability", b"{}"),
]


def test_hostile_retained_payloads_do_not_break_it(visit: Visit, mirror: StubMirror, broker: Mosquitto) -> None:
    for topic, payload in HOSTILE:
        visitor(broker.port, f"mirror/{topic}", payload, retain=True)
        visitor(broker.port, f"evil/{topic}", payload, retain=True)
    visitor(broker.port, "<script>/availability", b"online", retain=True)
    visit.open("")
    time.sleep(0.5)
    visit.open()
    markup = '<b id="injected">x</b>'
    styles = [{"name": "great-wave", "title": markup, "artist": "\u202egnp", "year": 1831}, *STYLES[1:]]
    mirror.say("info", json.dumps({"name": markup, "styles": styles}))
    mirror.say("availability", "online")
    mirror.show(style="great-wave", strength="0.5", mix='{"styles": {"great-wave": 1}}', display="ON", phase="visitor")
    visit.shows("great-wave")
    for topic, payload in HOSTILE:
        visitor(broker.port, f"mirror/{topic}", payload)
    mirror.say("info", json.dumps({"name": markup, "styles": styles}))
    visit.says("name", markup)
    assert markup in visit.text("styles")
    assert not visit.driver.find_elements("id", "injected")
    mirror.show(style="great-wave", display="ON", phase="visitor")
    visit.says("status", "Live")
    visit.tap("scream")
    visit.shows("scream")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Choose a style"), ("de", "Stil wählen"), ("fr", "Choisir un style"), ("zh", "选择风格")],
)
def test_the_languages_can_be_switched_and_fit_a_small_phone(
    visit: Visit, mirror: StubMirror, language: str, words: str
) -> None:
    visit.open()
    visit.shows("great-wave")
    visit.find("#mix summary").click()
    visit.find(f"#languages button[value={language}]").click()
    visit.says("styles-title", words)
    assert visit.driver.execute_script("return document.documentElement.lang").startswith(language)
    width, inner = visit.driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert width == inner == 360
    small = visit.driver.execute_script(
        "return [...document.querySelectorAll('button, select, summary, input')]"
        ".filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"
    )
    assert small == [], "too small to touch"
    visit.driver.refresh()
    visit.says("styles-title", words)  # remembered
    visit.find("#languages button[value=en]").click()


def test_the_browsers_language_is_taken(tmp_path: Path, server: PageServer, mirror: StubMirror) -> None:
    with browser(tmp_path / "french", "fr") as driver:
        visit = Visit(driver, server.url)
        visit.open()
        visit.says("styles-title", "Choisir un style")
        assert visit.text("strength-value") != "100%"  # a space before the sign


def test_nothing_is_asked_of_other_hosts(visit: Visit, mirror: StubMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    asked = visit.driver.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert asked
    assert all(name.startswith(visit.url) for name in asked)
    blocked = visit.driver.execute_async_script(
        "const done = arguments[0]; addEventListener('securitypolicyviolation', (e) => done(e.effectiveDirective));"
        "try { new WebSocket('ws://192.0.2.1/') } catch (error) { done(String(error)) }"
    )
    assert "connect-src" in blocked
    visit.driver.get_log("browser")  # where the attempt was reported, as it should


def test_tap_to_page_takes_milliseconds(visit: Visit, mirror: StubMirror) -> None:
    """Tap, broker, stand-in, broker, page: what the control side adds to the picture's own time."""
    visit.open()
    visit.shows("great-wave")
    times = [visit.driver.execute_async_script(TAP, ("scream", "great-wave")[count % 2]) for count in range(40)]
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"tap to page: median {statistics.median(times):.1f} ms, p95 {p95:.1f} ms ({BASE})")
    assert p95 < 1000  # 16 ms on a quiet machine


@pytest.fixture
def real(broker: Mosquitto) -> Iterator[RealMirror]:
    real = RealMirror(broker.port)
    yield real
    real.stop()


def test_the_daemons_own_control_and_director(visit: Visit, real: RealMirror, broker: Mosquitto) -> None:
    visit.open()
    visit.shows("great-wave")
    visit.tap("scream")
    visit.shows("scream")
    visit.find("#mix summary").click()
    visit.find("#pad").send_keys("\ue014")
    visit.shows("great-wave", "scream")
    visit.says("now-style", "55% The Scream")
    visit.tap("water-lilies")
    visit.shows("water-lilies")
    visit.find("#strength").send_keys("\ue011")
    time.sleep(3)
    assert visit.text("strength-value") == "0%"
    assert visit.text("news") == ""
    visitor(broker.port, "mirror/style/set", "scream")
    visit.says("news", "Another visitor")
    visitor(broker.port, "mirror/display/set", "OFF")
    visit.says("status", "switched off")


def test_a_tap_during_a_restart_reaches_the_daemons_own_control(
    visit: Visit, real: RealMirror, broker: Mosquitto
) -> None:
    visit.open()
    visit.shows("great-wave")
    broker.stop()
    visit.says("status", "No connection")
    visit.tap("scream")
    broker.start()
    visit.shows("scream")
    visit.says("status", "Live")


def test_tap_to_state_of_the_daemons_own_control_at_25_pictures_a_second(visit: Visit, real: RealMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    times = [visit.driver.execute_async_script(TAP, ("scream", "great-wave")[count % 2]) for count in range(60)]
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"tap to scene to page: median {statistics.median(times):.1f} ms, p95 {p95:.1f} ms")
    assert p95 < 1000  # 100 ms is the aim; this machine may be busy


def test_the_hub_as_it_is_deployed(driver: Any, tmp_path: Path) -> None:
    pytest.importorskip("jinja2", reason="jinja2 is not installed: the hub's templates cannot be rendered")
    from tests.control.hub import Hub

    (tmp_path / "password").write_text("secret")
    hub = Hub(tmp_path, {"mirror": "secret"}, hub_page_folder=page_folder()).start()
    real = RealMirror(hub.port, password_file=str(tmp_path / "password"))
    try:
        visit = Visit(driver, f"http://127.0.0.1:{hub.page_port}/")
        visit.open()
        visit.shows("great-wave")
        visit.tap("scream")
        visit.shows("scream")
        visit.find("#strength").send_keys("\ue011")
        until(lambda: visit.text("strength-value") == "0%")
        visit.find("#mix summary").click()
        visit.find("#pad").send_keys("\ue014")
        visit.shows("great-wave", "scream")
        visit.says("status", "Live")
        driver.get("about:blank")
    finally:
        real.stop()
        hub.stop()


@pytest.mark.parametrize("name", ["mosquitto", "amqtt"])
def test_the_demos_brokers_do_too(driver: Any, name: str) -> None:
    if name == "amqtt":
        pytest.importorskip("amqtt", reason="amqtt is not installed (demo extra)")
    with embedded.start("mirror", prefer=name) as running:
        mirror = StubMirror(int(running.broker_url.rsplit(":", 1)[1]))
        visit = Visit(driver, running.page_url)
        visit.open("")
        visit.shows("great-wave")
        visit.tap("scream")
        visit.shows("scream")
        mirror.stop()
        visit.says("status", "offline")
        driver.get("about:blank")


class Demo:
    """``art-installation demo`` as somebody types it."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "installation", "demo", "--display", "headless", *options]
        environment = {**os.environ, "XDG_STATE_HOME": str(folder), "STATE_DIRECTORY": str(folder)}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.page_url = self._read_page_url()

    def _read_page_url(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("Visitor page: "):
                return line.removeprefix("Visitor page: ").strip()
        raise RuntimeError(f"the demo ended with {self._process.wait(10)} before it named its page")

    def stop(self) -> int:
        self._process.terminate()
        return self._process.wait(20)


@pytest.fixture
def demo(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Demo]:
    demo = Demo(tmp_path, *getattr(request, "param", ()))
    yield demo
    demo.stop()


def test_the_real_demo_obeys_a_tap_and_ends_in_order(driver: Any, demo: Demo) -> None:
    visit = Visit(driver, demo.page_url)
    visit.open("")
    until(visit.on_screen, 60, "the demo's page shows no style")
    visit.tap("scream")
    visit.shows("scream")
    driver.get("about:blank")
    assert demo.stop() == 0


@pytest.mark.parametrize("demo", [("--camera", "synthetic")], indirect=True)
def test_tap_to_picture_of_the_real_daemon(driver: Any, demo: Demo) -> None:
    """A state follows what is on screen, so this is the picture's time and the way of its news to the page."""
    visit = Visit(driver, demo.page_url)
    visit.open("")
    until(visit.on_screen, 60, "the demo's page shows no style")
    times = [driver.execute_async_script(TAP, ("scream", "great-wave")[count % 2]) for count in range(60)]
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"tap to picture to page: median {statistics.median(times):.1f} ms, p95 {p95:.1f} ms")
    assert p95 < 1000  # 100 ms is the aim; this machine may be busy
    driver.get("about:blank")
