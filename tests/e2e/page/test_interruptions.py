"""What the page does while the broker, the mirror or the phone is away, and when the mirror is off."""

import json

import pytest

from tests.e2e.page.support import NEEDS_BROWSER, Mosquitto, StubMirror, until
from tests.e2e.page.visit import Visit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), NEEDS_BROWSER]


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
    until(lambda: "asked" in visit.find(".tile[data-name=starry-night]").get_attribute("class"))
    broker.start()
    visit.shows("starry-night")
    until(lambda: mirror.commands)
    assert {payload for _, payload in mirror.commands} == {"starry-night"}


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
    assert mirror.commands == []
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
