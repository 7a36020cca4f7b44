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
    wanted = ["strength", *(style["name"] for style in STYLES), "corner-0", "corner-1", "pad", "corner-2", "corner-3"]
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
        ("button", "Plain mirror"),
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
