"""Brokers that are not there, stop, refuse or say nothing."""

import contextlib
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.control.hub import BASE, HOST, NEEDS_MOSQUITTO, Hub, free_port, peer
from tests.faults.daemon import Daemon
from tests.faults.record import Fault
from tests.faults.test_collection import joined

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), NEEDS_MOSQUITTO]

BACK = 5.0
STEADY = 0.4
"""Of the frame rate without a fault. 5 % less is allowed where nothing else runs; a shared machine wavers by a half,
and what waits for a broker stands still."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    (tmp_path / "hub").mkdir()
    hub = Hub(tmp_path / "hub", {"mirror": "m", "technician": "t"}, hub_page=False).start()
    yield hub
    hub.stop()


def heard(hub: Hub, since: float, seconds: float = 30.0) -> float:
    """Seconds until there is a health report that was written after ``since`` (wall clock, a whole second)."""
    began = time.monotonic()
    with peer(hub.port, f"{BASE}/mirror/health", user="technician", password="t") as technician:
        while not any(written(payload) >= since for _, payload, _ in technician.messages):
            if time.monotonic() - began > seconds:
                raise TimeoutError("it is not heard")
            time.sleep(0.02)
    return time.monotonic() - began


def now() -> float:
    """The second that it is now, as health reports tell it."""
    return float(int(time.time()))


def written(report: bytes) -> float:
    return datetime.fromisoformat(json.loads(report)["at"]).timestamp()


def test_a_broker_that_is_killed_stopped_and_absent(daemon: Callable[..., Daemon], hub: Hub, fault: Fault) -> None:
    fault.is_about("The broker killed for 8 s, stopped (packets vanish) for 12 s, absent at boot")
    settings = joined(hub)
    settings["broker"]["keepalive"] = 5
    one = daemon(settings=settings).start().live()
    heard(hub, 0)
    usual, rates = one.rate(4), []
    hub.kill()
    rates.append(one.rate(8))
    since = now()
    hub.start()
    fault.took("heard again after a kill", heard(hub, since), BACK)
    hub.send_signal(signal.SIGSTOP)
    rates.append(one.rate(12))
    since = now()
    hub.send_signal(signal.SIGCONT)
    fault.took("heard again after a stop", heard(hub, since), BACK)
    hub.kill()
    one.signal(signal.SIGTERM)
    one.wait()
    one.start().live()
    rates.append(one.rate(4))
    since = now()
    hub.start()
    fault.took("heard after a boot without it", heard(hub, since), BACK)
    assert min(rates) >= STEADY * usual, (usual, rates)
    lines = [line for line in one.log.splitlines() if "broker" in line]
    assert len(lines) <= 14, one.log
    assert "Traceback" not in one.log
    fault.happened(
        f"painted on ({usual:.1f} pictures a second; {', '.join(f'{rate:.1f}' for rate in rates)} meanwhile), "
        f"{len(lines)} lines in the log"
    )


@contextlib.contextmanager
def impostor(answer: Callable[[socket.socket], None]) -> Iterator[tuple[int, list[float]]]:
    """Somebody else on the broker's port; notes when it is called."""
    port, calls = free_port(), []
    with socket.create_server((HOST, port)) as server:
        server.settimeout(0.2)
        over = threading.Event()

        def serve() -> None:
            held = []
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    caller, _ = server.accept()
                    calls.append(time.monotonic())
                    held.append(caller)
                    answer(caller)
            for one in held:
                one.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield port, calls
        over.set()
        thread.join(5)


def test_brokers_that_are_none(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("A broker that accepts and says nothing, and one that accepts and closes in a loop, 20 s each")
    one = daemon()
    usual = one.start().live().rate(4)
    one.end()
    told = []
    for name, answer in (("silent", lambda _: None), ("closing", lambda caller: caller.close())):
        with impostor(answer) as (port, calls):
            two = daemon(settings={"broker": {"url": f"mqtt://{HOST}:{port}"}}).start().live()
            rate = two.rate(20)
            assert rate >= STEADY * usual, (name, usual, rate)
            assert 1 <= len(calls) <= 25, (name, len(calls))
            assert sum("broker" in line for line in two.log.splitlines()) <= 6, two.log
            assert "Traceback" not in two.log
            told.append(f"{name}: {len(calls)} tries, {rate:.1f} of {usual:.1f} pictures a second")
            two.end()
    fault.happened("; ".join(told))
