"""Everybody can use the page: by keyboard, by screen reader, in four languages, on a small phone."""

from pathlib import Path

import pytest

from installation.control.web.server import PageServer
from tests.e2e.page.support import NEEDS_BROWSER, STYLES, StubMirror, browser, until
from tests.e2e.page.visit import Visit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), NEEDS_BROWSER]


def test_the_strength_slider_works_with_the_keyboard(visit: Visit, mirror: StubMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    slider = visit.find("#strength")
    slider.send_keys(*["\ue012"] * 10)  # left
    until(lambda: mirror.commands and mirror.commands[-1] == ("strength", "0.9"), what=str(mirror.commands))
    assert slider.get_attribute("aria-valuetext") == "90%"
    slider.send_keys("\ue011")  # home
    until(lambda: mirror.commands[-1] == ("strength", "0"))


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
    wanted = ["strength", "corner-0", "corner-1", "pad", "corner-2", "corner-3", *(style["name"] for style in STYLES)]
    assert [name for name in order if name in wanted] == wanted


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
        ("button", "Mirror"),
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


@pytest.mark.parametrize(
    ("language", "words", "plain"),
    [
        ("en", "Choose a style", "Mirror"),
        ("de", "Stil wählen", "Spiegel"),
        ("fr", "Choisir un style", "Miroir"),
        ("zh", "选择风格", "镜子"),
    ],
)
def test_the_languages_can_be_switched_and_fit_a_small_phone(
    visit: Visit, mirror: StubMirror, language: str, words: str, plain: str
) -> None:
    visit.open()
    visit.shows("great-wave")
    visit.find("#mix summary").click()
    visit.find(f"#languages button[value={language}]").click()
    visit.says("styles-title", words)
    assert visit.find(".tile[data-name=photo] .work").text == plain
    assert visit.driver.execute_script("return document.documentElement.lang").startswith(language)
    width, inner = visit.driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert width == inner == 360
    small = visit.driver.execute_script(
        "return [...document.querySelectorAll('button, select, summary, input, a')]"
        ".filter((e) => e.offsetParent && Math.min(e.getBoundingClientRect().height, "
        "e.getBoundingClientRect().width) < 44).map((e) => e.outerHTML)"
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


def test_a_link_may_name_the_language(visit: Visit, mirror: StubMirror) -> None:
    visit.open("?lang=fr#mirror")
    visit.says("styles-title", "Choisir un style")


def test_one_sentence_says_what_to_do_and_every_tap_shows_what_it_did(visit: Visit, mirror: StubMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    assert visit.text("hint").startswith("Tap a painting")
    visit.driver.execute_script("scrollTo(0, document.documentElement.scrollHeight)")
    visit.tap("added-later")
    visit.shows("added-later")
    top, bottom, height = visit.driver.execute_script(
        "const box = document.getElementById('now').getBoundingClientRect(); return [box.top, box.bottom, innerHeight]"
    )
    assert 0 <= top < bottom <= height / 4


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_phones_theme_is_kept_and_all_can_be_read(visit: Visit, mirror: StubMirror, theme: str) -> None:
    visit.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    )
    visit.open()
    visit.shows("great-wave")
    for selector in ("#hint", ".artist", ".eyebrow", ".mark", "#status", "h1"):
        assert visit.driver.execute_script(CONTRAST, selector) >= 4.5, selector
    wall = visit.driver.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, wall[4:-1].split(","))) > 384) == (theme == "light")


CONTRAST = """
const element = [...document.querySelectorAll(arguments[0])].find((one) => one.offsetParent);
const luminance = (colour) => colour.match(/\\d+/g).slice(0, 3).map(Number)
  .map((value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
let ground = element;
while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
const [text, paper] = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor].map(luminance);
return (Math.max(text, paper) + 0.05) / (Math.min(text, paper) + 0.05);
"""
"""The contrast of an element's text with what is behind it, as WCAG counts it."""
