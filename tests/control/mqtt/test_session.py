"""Somebody else in our session: noticed, told, and nothing of theirs is kept."""

from pathlib import Path
from typing import Any

import pytest

from installation.control.mqtt.address import client_id
from installation.control.mqtt.session import REMEMBERED_SECONDS, SessionWatch
from installation.settings import BrokerSettings
from installation.show.commands import SetStyle
from installation.show.queue import CommandQueue
from tests.control.hub import BASE, Hub, Peer, peer, until

ME = {"username": "mirror", "password": "m"}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_one_take_over_may_be_our_own_two_are_not() -> None:
    watch = SessionWatch(clock := Clock())
    watch.taken_over()
    assert watch.trouble == ""
    watch.taken_over()
    assert "taken over 2 times" in watch.trouble
    assert "new password" in watch.trouble
    clock.now += REMEMBERED_SECONDS + 1
    assert watch.trouble == ""


def test_connections_that_are_cut_now_and_then_are_the_network() -> None:
    watch = SessionWatch(clock := Clock())
    for _ in range(10):
        watch.cut()
        watch.cut()
        assert watch.trouble == ""
        clock.now += REMEMBERED_SECONDS + 1
    for _ in range(3):
        watch.cut()
    assert "cut 3 times" in watch.trouble


def test_a_foreign_subscription_is_told_for_an_hour() -> None:
    watch = SessionWatch(clock := Clock())
    watch.foreign("some/topic")
    assert "'some/topic'" in watch.trouble
    clock.now += REMEMBERED_SECONDS + 1
    assert watch.trouble == ""


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, str]:
    for name, content in (("one", "a"), ("same", "a\n"), ("other", "b"), ("key.pem", "k")):
        (tmp_path / name).write_text(content)
    return {name: str(tmp_path / name) for name in ("one", "same", "other", "key.pem")}


def test_an_id_stays_and_cannot_be_guessed(secrets: dict[str, str]) -> None:
    def made(name: str = "art-installation-a", **files: Any) -> str:
        return client_id(name, BrokerSettings(**files))

    one = made(password_file=secrets["one"])
    assert one.startswith("art-installation-a-")
    assert one == made(password_file=secrets["same"])
    ids = {
        one,
        made(password_file=secrets["other"]),
        made("art-installation-b", password_file=secrets["one"]),
        made(key_file=secrets["key.pem"]),
        made(),
    }
    assert len(ids) == 5


def same_session(hub: Hub, *filters: str) -> Peer:
    """A thief who knows the password, and so the id; what they subscribe to stays in the session."""
    return Peer(hub.port, *filters, user="mirror", password="m", client_id=own_id(hub), session=300)


def own_id(hub: Hub) -> str:
    return client_id("art-installation-mirror", hub.settings(**ME))


def test_repeated_take_overs_are_told(hub, make_control, monkeypatch):
    monkeypatch.setattr("installation.backoff.Backoff.next", lambda _backoff: 0.05)
    control = make_control(hub.settings(**ME))
    for _ in range(3):
        until(lambda: control.state == "online")
        thief = same_session(hub)
        until(lambda: control.state != "online" or control.trouble)
        thief.close()
    until(lambda: control.state == "online")
    assert "cut 3 times" in control.trouble or "taken over 3 times" in control.trouble


def test_what_another_left_in_the_session_is_dropped_and_told(hub, make_control):
    queue = CommandQueue()
    same_session(hub, f"{BASE}/mirror/health").close()
    control = make_control(hub.settings(**ME), queue)
    until(lambda: control.state == "online")
    with peer(hub.port, user="technician", password="t") as technician:
        technician.publish(f"{BASE}/mirror/health", "foreign")
        until(lambda: control.trouble)
        until(lambda: control.state == "online")
        assert "not ours" in control.trouble
        assert control.dropped == 0
        technician.publish(f"{BASE}/mirror/style/set", "scream")
        assert until(queue.drain) == [SetStyle("scream")]
        attempts = control._link.attempts
        technician.publish(f"{BASE}/mirror/health", "foreign")
        technician.publish(f"{BASE}/mirror/style/set", "photo")
        assert until(queue.drain) == [SetStyle("photo")]
        assert control._link.attempts == attempts
