"""The link against brokers that are difficult."""

import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from installation.control.mqtt.client import Control
from installation.control.mqtt.link import Link, LinkOptions
from installation.settings import BrokerSettings, Settings
from installation.show.commands import SetStrength
from installation.show.queue import CommandQueue
from tests.control.hub import BASE, peer, until
from tests.control.parts import an_info

ACCEPTED = b"\x20\x03\x00\x00\x00"
REFUSED = b"\x20\x03\x00\x87\x00"
"""CONNACK of MQTT 5: not authorized."""


class Deaf:
    def connected(self) -> None: ...
    def received(self, topic: str, payload: bytes, retained: bool) -> None: ...
    def tick(self, now: float) -> None: ...
    def leaving(self) -> None: ...


def online(control: Control) -> bool:
    return control.state == "online"


@contextmanager
def scripted_broker(
    answers: Sequence[bytes], *, hangs_up: bool = False
) -> Iterator[tuple[BrokerSettings, list[socket.socket]]]:
    """A broker that gives each connection the next answer, if any; and the connections made so far."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connections: list[socket.socket] = []

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                connection.recv(4096)
                connection.sendall(answer)
                connections.append(connection)
                if hangs_up:
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield BrokerSettings(url=f"mqtt://127.0.0.1:{server.getsockname()[1]}"), connections
        for connection in connections:
            connection.close()


def test_why_it_was_refused_is_still_known_after_the_end(monkeypatch):
    monkeypatch.setattr("installation.backoff.Backoff.next", lambda _backoff: 0.0)
    with scripted_broker([REFUSED, b""]) as (settings, connections):
        link = Link(settings, LinkOptions("me", ()), Deaf())
        link.start()
        until(lambda: len(connections) == 2, what="a second attempt, which is never answered")
        link.stop()
    assert link.state.startswith("refused: Not authorized")


def test_a_broker_that_hangs_up_again_and_again_does_not_flood_the_log(monkeypatch, caplog):
    monkeypatch.setattr("installation.backoff.Backoff.next", lambda _backoff: 0.0)
    caplog.set_level(logging.INFO, "installation.control")
    with scripted_broker([ACCEPTED] * 12, hangs_up=True) as (settings, connections):
        link = Link(settings, LinkOptions("me", ()), Deaf())
        link.start()
        until(lambda: len(connections) == 12, what="many attempts")
        link.stop()
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0].startswith("connected to ")
    assert "the connection was lost" in lines[1]
    assert len(lines) <= 4


def test_a_broker_that_cannot_forget_a_session_keeps_none(hub):
    """MQTT 3.1.1 knows no expiry: what was sent yesterday would be obeyed today."""
    queue = CommandQueue()
    with peer(hub.port, user="technician", password="t") as visitor:
        for _ in range(2):
            control = Control(Settings(broker=hub.settings(username="mirror", password="m")), an_info(), queue)
            control._link._v5 = False
            control.start()
            until(partial(online, control))
            visitor.publish(f"{BASE}/mirror/strength/set", "0.5")
            assert until(queue.drain) == [SetStrength(0.5)], "only what is sent while the mirror is there"
            control.stop()
            visitor.publish(f"{BASE}/mirror/style/set", "scream")
