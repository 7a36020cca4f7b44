"""Every permission of the hub's broker, tried: what a visitor, an installation, a technician, a panel may do."""

import time
import urllib.request
from collections.abc import Iterator

import pytest

from installation.control.mqtt.topics import AVAILABILITY, HEALTH, INFO, OPS, STATES
from tests.control.hub import BASE, Hub, Peer, peer, until

OF_BUTTONS = ("style/set", "strength/set")
DISCOVERY = "homeassistant/device"


@pytest.fixture
def witness(hub: Hub) -> Iterator[Peer]:
    """The technician, who hears everything."""
    with peer(hub.port, f"{BASE}/#", f"{DISCOVERY}/#", user="technician", password="t") as one:
        yield one


def reaches(witness: Peer, sender: Peer, topic: str, fence: str = "") -> bool:
    """Whether what the sender publishes gets through: the broker says so, and the witness hears it.

    ``fence`` is where the sender may publish, for one who speaks to another broker than the witness.
    """
    reason = sender.publish(topic, "x")
    round_trip(sender if fence else witness, witness, fence or f"{BASE}/technician/end")
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
    end = f"end {time.monotonic_ns()}"
    sender.publish(topic, end)
    until(lambda: receiver.said(topic) == end)


@pytest.mark.parametrize("who", ["visitor", "panel"])
def test_visitors_and_panels(hub, witness, who):
    options = {"port": hub.port, "user": "panel", "password": "p"}
    if who == "visitor":
        options = {"port": hub.page_port, "websocket": True}
    fence = f"{BASE}/mirror/style/set"
    with peer(options.pop("port"), f"{BASE}/#", **options) as one:
        assert reaches(witness, one, fence, f"{BASE}/mirror/mix/set")
        for rest in ("strength/set", "mix/set", "surprise/set", "request/souvenir"):
            assert reaches(witness, one, f"{BASE}/mirror/{rest}", fence), rest
        for rest in ("display/set", "attract/set", "style/state", "availability", "info", "health", "request/restart"):
            assert not reaches(witness, one, f"{BASE}/mirror/{rest}", fence), rest
        for rest in ("request/snapshot", "souvenir/piece", "souvenir/kept"):
            assert not reaches(witness, one, f"{BASE}/mirror/{rest}", fence), rest
        for rest in ("all/request/restart", "all/style/set", "group/hall/style/set", "nobody/style/set"):
            assert not reaches(witness, one, f"{BASE}/{rest}", fence), rest
        for rest in ("info", "health", "style/state", "mix/state", "phase/state"):
            assert hears(witness, one, f"{BASE}/mirror/{rest}"), rest
        for rest in ("style/set", "request/restart", "response/restart", "response/snapshot"):
            assert not hears(witness, one, f"{BASE}/mirror/{rest}"), rest


def test_an_installation_says_what_it_says_and_nothing_else(hub, witness):
    with peer(hub.port, f"{BASE}/#", user="mirror", password="m") as mirror:
        states = (f"{what}/state" for what in STATES)
        for rest in (AVAILABILITY, INFO, HEALTH, *states, *(f"response/{op}" for op in OPS), *OF_BUTTONS):
            assert reaches(witness, mirror, f"{BASE}/mirror/{rest}"), rest
        for rest in ("anything", "anything/state", "style/state/more", "request/restart", "response/anything"):
            assert not reaches(witness, mirror, f"{BASE}/mirror/{rest}"), rest
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


def test_the_technicians_page_may_do_what_its_buttons_do(hub, witness):
    with peer(hub.port, f"{BASE}/#", user="_technicians_page", password="w") as page:
        for rest in ("style/set", "display/set", "request/identify", "request/restart", "request/log"):
            assert reaches(witness, page, f"{BASE}/mirror/{rest}"), rest
        for rest in ("strength/set", "request/snapshot", "style/state", "availability"):
            assert not reaches(witness, page, f"{BASE}/mirror/{rest}"), rest
        for rest in ("info", "health", "phase/state", "response/log"):
            assert hears(witness, page, f"{BASE}/mirror/{rest}"), rest
        assert not hears(witness, page, f"{BASE}/mirror/request/restart")


def test_souvenirs_go_from_an_installation_to_the_hub_and_to_nobody_else(hub):
    piece, kept, fence = (f"{BASE}/mirror/{rest}" for rest in ("souvenir/piece", "souvenir/kept", "availability"))
    with (
        peer(hub.port, f"{BASE}/+/souvenir/piece", user="_souvenirs", password="s") as souvenirs,
        peer(hub.port, f"{BASE}/#", user="mirror", password="m") as mirror,
        peer(hub.port, f"{BASE}/#", user="other", password="o") as other,
        peer(hub.port, f"{BASE}/#", user="technician", password="t") as technician,
        peer(hub.port, f"{BASE}/#", user="homeassistant", password="h") as assistant,
        peer(hub.page_port, f"{BASE}/#", websocket=True) as visitor,
    ):
        mirror.publish(piece, "picture")
        souvenirs.wait(piece, "picture")
        souvenirs.publish(kept, "answer")
        mirror.wait(kept, "answer")
        for _ in range(2):
            mirror.publish(fence, "end")
            mirror.publish(f"{BASE}/mirror/style/set", "end")
        for one in (technician, assistant, visitor):
            one.wait(fence, "end")
            assert not {piece, kept} & set(one.latest)
        assert not {piece, kept} & set(other.latest)
        for one in (other, technician, assistant):
            assert one.publish(piece, "another").is_failure
            assert one.publish(kept, "another").is_failure
        assert mirror.publish(kept, "another").is_failure
        assert mirror.publish(f"{BASE}/other/souvenir/piece", "another").is_failure
        assert souvenirs.publish(piece, "another").is_failure
        assert souvenirs.publish(f"{BASE}/mirror/style/set", "another").is_failure


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


def test_without_an_account_nobody_speaks_to_the_installations_broker(hub):
    with pytest.raises(AssertionError, match="no connection"):
        Peer(hub.port, patience=1.0)


def test_visitors_come_by_web_socket_and_find_the_page(hub, witness):
    (hub.folder / "index.html").write_text("<title>the page</title>")
    with urllib.request.urlopen(f"http://127.0.0.1:{hub.page_port}/index.html", timeout=10) as answer:
        assert b"the page" in answer.read()


def test_what_is_too_large_is_refused(hub, witness):
    topic = f"{BASE}/mirror/style/set"
    with peer(hub.port, user="homeassistant", password="h") as other:
        other.client.publish(topic, b"x" * 300_000, 0)
        witness.publish(topic, "small")
        until(lambda: topic in witness.latest)
    assert [payload for name, payload, _ in witness.messages if name == topic] == [b"small"]
