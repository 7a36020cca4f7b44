"""Every permission of the hub's broker, tried: what a visitor, an installation, a technician, a panel may do."""

import urllib.request
from collections.abc import Iterator

import pytest

from tests.control.hub import BASE, Hub, Peer, peer, until

SETTABLE = ("style", "strength", "mix")
DISCOVERY = "homeassistant/device"


@pytest.fixture
def witness(hub: Hub) -> Iterator[Peer]:
    """The technician, who hears everything."""
    with peer(hub.port, f"{BASE}/#", f"{DISCOVERY}/#", user="technician", password="t") as one:
        yield one


def reaches(witness: Peer, sender: Peer, topic: str) -> bool:
    """Whether what the sender publishes gets through: the broker says so, and the witness hears it."""
    reason = sender.publish(topic, "x")
    round_trip(witness, witness, f"{BASE}/technician/end")
    heard = witness.latest.pop(topic, None) == b"x"
    assert heard != reason.is_failure, topic
    return heard


def hears(witness: Peer, reader: Peer, topic: str) -> bool:
    """Whether the reader, who subscribed to everything, is told what the technician says there."""
    witness.publish(topic, "x")
    round_trip(witness, reader, f"{BASE}/mirror/availability")
    return reader.latest.pop(topic, None) == b"x"


def round_trip(sender: Peer, receiver: Peer, topic: str) -> None:
    """All that was said before has arrived, or never will."""
    receiver.latest.pop(topic, None)
    sender.publish(topic, "end")
    until(lambda: topic in receiver.latest)


@pytest.mark.parametrize("who", ["visitor", "panel"])
def test_visitors_and_panels(hub, witness, who):
    account = {"user": "panel", "password": "p"} if who == "panel" else {}
    with peer(hub.port, f"{BASE}/#", **account) as one:
        for what in SETTABLE:
            assert reaches(witness, one, f"{BASE}/mirror/{what}/set")
        for rest in ("display/set", "attract/set", "style/state", "availability", "info", "health", "request/restart"):
            assert not reaches(witness, one, f"{BASE}/mirror/{rest}"), rest
        assert not reaches(witness, one, f"{BASE}/all/request/restart")
        assert not reaches(witness, one, f"{BASE}/group/hall/style/set")
        for rest in ("info", "health", "style/state", "mix/state", "phase/state"):
            assert hears(witness, one, f"{BASE}/mirror/{rest}"), rest
        for rest in ("style/set", "request/restart", "response/restart", "response/snapshot"):
            assert not hears(witness, one, f"{BASE}/mirror/{rest}"), rest


def test_an_installation_has_its_own_subtree_only(hub, witness):
    with peer(hub.port, f"{BASE}/#", user="mirror", password="m") as mirror:
        for rest in ("availability", "info", "health", "style/state", "response/restart", "style/set"):
            assert reaches(witness, mirror, f"{BASE}/mirror/{rest}"), rest
        for rest in ("availability", "info", "style/state", "style/set", "request/restart"):
            assert not reaches(witness, mirror, f"{BASE}/other/{rest}"), rest
        for target in ("all", "group/hall"):
            assert not reaches(witness, mirror, f"{BASE}/{target}/style/set")
            assert hears(witness, mirror, f"{BASE}/{target}/style/set")
            assert hears(witness, mirror, f"{BASE}/{target}/request/restart")
        assert hears(witness, mirror, f"{BASE}/mirror/request/restart")
        assert not hears(witness, mirror, f"{BASE}/other/request/restart")
        assert not hears(witness, mirror, f"{BASE}/other/style/state")
        assert reaches(witness, mirror, f"{DISCOVERY}/mirror/config")
        assert not reaches(witness, mirror, f"{DISCOVERY}/other/config")
        assert mirror.publish("homeassistant/status", "online").is_failure


def test_a_technician_may_do_everything_of_ours(hub, witness):
    with peer(hub.port, f"{BASE}/#", user="technician", password="t") as technician:
        for topic in ("mirror/display/set", "all/request/restart", "group/hall/attract/set", "mirror/style/state"):
            assert reaches(witness, technician, f"{BASE}/{topic}"), topic
        assert hears(witness, technician, f"{BASE}/mirror/response/snapshot")
        assert technician.publish("somebody/else", "x").is_failure


def test_home_assistant(hub, witness):
    with peer(hub.port, f"{BASE}/#", user="homeassistant", password="h") as assistant:
        for topic in ("mirror/style/set", "mirror/display/set", "mirror/request/restart", "group/hall/style/set"):
            assert reaches(witness, assistant, f"{BASE}/{topic}"), topic
        assert not reaches(witness, assistant, f"{BASE}/mirror/style/state")
        assert hears(witness, assistant, f"{BASE}/mirror/health")
        assert not assistant.publish("homeassistant/status", "online").is_failure


def test_a_wrong_password_opens_nothing(hub):
    with pytest.raises(AssertionError, match="no connection"):
        Peer(hub.port, user="technician", password="wrong", patience=1.0)


def test_visitors_come_by_web_socket_and_find_the_page(hub, witness):
    (hub.folder / "index.html").write_text("<title>the page</title>")
    with urllib.request.urlopen(f"http://127.0.0.1:{hub.page_port}/index.html", timeout=10) as answer:
        assert b"the page" in answer.read()
    with peer(hub.page_port, websocket=True) as phone:
        assert reaches(witness, phone, f"{BASE}/mirror/style/set")
        assert not reaches(witness, phone, f"{BASE}/mirror/display/set")


def test_what_is_too_large_is_refused(hub, witness):
    topic = f"{BASE}/mirror/style/set"
    with peer(hub.port, user="homeassistant", password="h") as other:
        other.client.publish(topic, b"x" * 300_000, 0)
        witness.publish(topic, "small")
        until(lambda: topic in witness.latest)
    assert [payload for name, payload, _ in witness.messages if name == topic] == [b"small"]
