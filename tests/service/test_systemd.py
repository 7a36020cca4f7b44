"""The notifier: what it says, to whom, and that it never gets in the way."""

import os
import socket
from pathlib import Path

import pytest

from installation.service.systemd import STATUS_LIMIT, Notifier, SocketSend


@pytest.fixture
def listener(tmp_path: Path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(path))
        server.settimeout(2)
        yield server, str(path)


def recorder(**environment: str) -> tuple[list[str], Notifier]:
    said: list[str] = []

    def send(state: str) -> bool:
        said.append(state)
        return True

    return said, Notifier({"NOTIFY_SOCKET": "/nowhere", **environment}, send)


def test_speaks_to_the_socket_of_the_environment(listener) -> None:
    server, path = listener
    notifier = Notifier({"NOTIFY_SOCKET": path})
    notifier.alive(1.5)
    notifier.ready()
    notifier.alive(1.5)
    notifier.stopping()
    assert [server.recv(100).decode() for _ in range(4)] == [
        "EXTEND_TIMEOUT_USEC=1500000",
        "READY=1",
        "WATCHDOG=1",
        "STOPPING=1",
    ]


def test_a_mirror_that_is_made_anew_has_more_time() -> None:
    said, notifier = recorder(WATCHDOG_USEC="7000000")
    notifier.starting(60)
    notifier.ready()
    assert said == [
        "WATCHDOG_USEC=60000000",
        "WATCHDOG=1",
        "WATCHDOG=1",
        "WATCHDOG_USEC=7000000",
        "READY=1",
    ]


def test_speaks_to_an_abstract_socket() -> None:
    name = f"art-installation-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind("\0" + name)
        server.settimeout(2)
        Notifier({"NOTIFY_SOCKET": "@" + name}).ready()
        assert server.recv(100) == b"READY=1"


def test_does_nothing_without_systemd() -> None:
    notifier = Notifier({})
    notifier.ready()
    notifier.status("x")
    notifier.alive(1.5)
    assert not notifier.connected


def test_status_is_one_bounded_line_sent_once() -> None:
    said, notifier = recorder()
    notifier.status("great-wave\n at 30 fps")
    notifier.status("great-wave at 30 fps")
    notifier.status("x" * 1000)
    assert said == ["STATUS=great-wave at 30 fps", "STATUS=" + "x" * STATUS_LIMIT]


def test_a_lost_status_is_sent_again() -> None:
    answers = iter([False, True])
    said: list[str] = []

    def send(state: str) -> bool:
        said.append(state)
        return next(answers)

    notifier = Notifier({"NOTIFY_SOCKET": "/nowhere"}, send)
    for _ in range(3):
        notifier.status("painting")
    assert len(said) == 2


def test_a_vanished_socket_is_no_failure(tmp_path: Path) -> None:
    assert SocketSend(str(tmp_path / "gone"))("READY=1") is False


def test_a_full_socket_does_not_block(listener) -> None:
    _, path = listener
    send = SocketSend(path)
    assert not all(send("WATCHDOG=1") for _ in range(100_000))
