"""The pad between styles."""

import json
import time

import pytest

from tests.e2e.page.support import NEEDS_BROWSER, StubMirror, until
from tests.e2e.page.visit import Visit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), NEEDS_BROWSER]


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


def test_the_pad_mixes_by_key_and_by_touch(visit: Visit, mirror: StubMirror) -> None:
    visit.open()
    visit.shows("great-wave")
    visit.find("#mix summary").click()
    pad = visit.find("#pad")
    pad.send_keys("\ue014", "\ue014")  # right, right
    visit.shows("great-wave", "scream")
    until(lambda: json.loads(mirror.commands[-1][1])["styles"] == {"great-wave": 0.4, "scream": 0.6})
    assert "60% The Scream" in pad.get_attribute("aria-valuetext")
    visit.says("now-style", "60% The Scream")
    box = pad.rect
    from selenium.webdriver.common.action_chains import ActionChains

    reach = int(box["width"] / 2) - 2
    ActionChains(visit.driver).move_to_element(pad).click_and_hold().move_by_offset(-reach, 0).release().perform()
    visit.shows("great-wave")
    until(lambda: json.loads(mirror.commands[-1][1])["styles"] == {"great-wave": 1})
    assert visit.text("news") == ""


def test_four_styles_in_four_corners(visit: Visit, mirror: StubMirror) -> None:
    from selenium.webdriver.support.select import Select

    visit.open()
    visit.shows("great-wave")
    visit.find("#mix summary").click()
    Select(visit.find("#corner-2")).select_by_value("starry-night")
    Select(visit.find("#corner-3")).select_by_value("added-later")
    visit.shows("great-wave", "scream", "starry-night", "added-later")
    weights = json.loads(mirror.commands[-1][1])["styles"]
    assert set(weights.values()) == {0.25}
