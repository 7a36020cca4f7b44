"""The page trusts nothing that arrives, and asks nothing of other hosts."""

import json
import time

import pytest

from tests.e2e.page.support import NEEDS_BROWSER, STYLES, Mosquitto, StubMirror, visitor
from tests.e2e.page.visit import Visit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), NEEDS_BROWSER]


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
    # A name of its own: once the page says it, it has read everything that came before.
    mirror.say("info", json.dumps({"name": f"{markup} again", "styles": styles}))
    visit.says("name", f"{markup} again")
    assert markup in visit.text("styles")
    assert not visit.driver.find_elements("id", "injected")
    mirror.show(style="great-wave", display="ON", phase="visitor")
    visit.shows("great-wave")
    visit.says("status", "Live")
    visit.tap("scream")
    visit.shows("scream")


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
