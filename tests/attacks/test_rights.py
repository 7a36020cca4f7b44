"""Row by row: what a visitor may not do, tried against the hub's own permissions."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.phone import Phone, connect, publish
from tests.attacks.record import Attack
from tests.control.hub import BASE, NEEDS_MOSQUITTO, Hub, peer, until

pytestmark = NEEDS_MOSQUITTO

ACCOUNTS = {"foyer-1": "f", "foyer-2": "g", "technician": "t", "homeassistant": "h"}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path, ACCOUNTS).start()
    yield hub
    hub.stop()


def test_a_visitor_commands_what_is_not_theirs(hub: Hub, attack: Attack) -> None:
    attack.is_about("A visitor commands all installations, groups, ids that nobody has, switches off, restarts")
    topics = [
        f"{BASE}/{target}/{what}/set"
        for target in ("all", "group/foyer", "nobody", "ALL", "foyer-1/x")
        for what in ("style", "strength", "mix", "surprise")
    ]
    topics += [f"{BASE}/foyer-1/{rest}" for rest in ("display/set", "attract/set", "request/restart", "health", "info")]
    topics += ["homeassistant/status", "homeassistant/device/foyer-1/config", "$SYS/broker/uptime"]
    with (
        peer(hub.port, "#", user="technician", password="t") as technician,
        peer(hub.page_port, websocket=True, v5=False) as phone,
    ):
        for topic in topics:
            phone.client.publish(topic, "scream", 0)
        phone.publish(f"{BASE}/foyer-1/style/set", "last")
        technician.wait(f"{BASE}/foyer-1/style/set", "last")
        heard = {topic for topic, _, _ in technician.messages} - {f"{BASE}/foyer-1/style/set"}
    assert heard == set()
    attack.happened(len(topics), "none reached anybody; the tap on an installation of the inventory did")


def test_a_visitor_overhears_technicians(hub: Hub, attack: Attack) -> None:
    attack.is_about("A visitor listens to what technicians, Home Assistant and installations say to each other")
    private = [
        f"{BASE}/{target}/{rest}" for target in ("all", "group/foyer") for rest in ("style/set", "request/restart")
    ]
    private += [f"{BASE}/foyer-1/{rest}" for rest in ("style/set", "request/snapshot", "response/snapshot")]
    discovery = "homeassistant/device/foyer-1/config"
    filters = ("#", f"{BASE}/#", f"{BASE}/all/#", f"{BASE}/group/#", "homeassistant/#", "$SYS/#", *private)
    with (
        peer(hub.page_port, *filters, websocket=True) as phone,
        peer(hub.port, f"{BASE}/+/+/set", f"{BASE}/group/#", user="foyer-1", password="f") as mirror,
        peer(hub.port, user="technician", password="t") as technician,
    ):
        for topic in (*private, discovery):
            technician.publish(topic, "secret", retain=topic == discovery)
        technician.publish(f"{BASE}/foyer-1/style/state", "scream", retain=True)
        until(lambda: phone.said(f"{BASE}/foyer-1/style/state") == "scream")
        time.sleep(0.2)
        overheard = [topic for topic, _, _ in phone.messages if topic != f"{BASE}/foyer-1/style/state"]
        assert overheard == []
        for topic in (f"{BASE}/all/style/set", f"{BASE}/group/foyer/style/set"):
            mirror.wait(topic, "secret")
    attack.happened(
        len(private) + 1, "0 heard by the visitor; the installation hears what is for its group and for all"
    )


def test_a_page_of_the_internet_speaks_through_a_phone(hub: Hub, attack: Attack) -> None:
    attack.is_about("A page of another origin, open on a visitor's phone, opens the hub's WebSocket")
    forbidden = [
        f"{BASE}/all/style/set",
        f"{BASE}/foyer-1/request/restart",
        f"{BASE}/foyer-1/display/set",
        "homeassistant/status",
    ]
    with peer(hub.port, "#", user="technician", password="t") as technician:
        with Phone(hub.page_port, origin="http://evil.example") as page:
            opened = "101" in page.answer
            page.send(connect("page"))
            page.hear()
            for topic in forbidden:
                page.send(publish(topic, b"scream"))
            page.send(publish(f"{BASE}/foyer-1/style/set", b"scream", qos=1))
            page.hear()
            if opened:  # mosquitto 2.0 lets it in: what it may do there is what counts
                technician.wait(f"{BASE}/foyer-1/style/set", "scream")
        heard = {topic for topic, _, _ in technician.messages} - {f"{BASE}/foyer-1/style/set"}
    assert heard == set()
    how = "let in (mosquitto 2.0 does not look at Origin), with a visitor's rights" if opened else "refused"
    attack.happened(len(forbidden) + 1, f"{how}; {len(heard)} of {len(forbidden)} other commands reached anybody")
