"""Brokers that are not there, stop, refuse or say nothing."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from installation.control.mqtt.address import client_id
from tests.control.hub import BASE, HOST, NEEDS_MOSQUITTO, Hub, Peer, free_port, peer, until
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


def answered(technician: Peer, seconds: float = 30.0) -> float:
    """Seconds until a request, made again and again, is answered: the daemon is connected, and hears."""
    began = time.monotonic()
    while technician.said(f"{BASE}/mirror/response/identify") is None:
        if time.monotonic() - began > seconds:
            raise TimeoutError("it does not answer")
        technician.publish(f"{BASE}/mirror/request/identify", "{}")
        time.sleep(0.1)
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


def test_a_refused_password(daemon: Callable[..., Daemon], hub: Hub, fault: Fault) -> None:
    fault.is_about("The broker refuses the password for 20 s; then the right one is written into the daemon's file")
    settings = joined(hub)
    file = hub.folder / "mirror-password"
    file.write_text("wrong\n")
    usual = daemon().start().live().rate(4)
    one = daemon(settings=settings).start().live()
    one.until(lambda: "refused" in str(one.health().get("broker")), 20, "the refusal in health")
    said = one.health()["broker"]
    assert "broker.password_file" in said
    rate = one.rate(20)
    assert rate >= STEADY * usual, (usual, rate)
    assert sum("link: broker" in line for line in one.log.splitlines()) == 1, one.log
    since = now()
    file.write_text("m\n")
    fault.took("heard with the right one", heard(hub, since), BACK)
    assert "Traceback" not in one.log
    fault.happened(f"{rate:.1f} of {usual:.1f} pictures a second, one line in the log, health says “{said}”")


def rss_mb(pid: int) -> float:
    words = Path(f"/proc/{pid}/status").read_text().split()
    return int(words[words.index("VmRSS:") + 1]) / 1024


def test_a_war_over_the_session(daemon: Callable[..., Daemon], hub: Hub, fault: Fault) -> None:
    fault.is_about("Somebody with the stolen password takes the session whenever the daemon has it, for 30 s")
    one = daemon(settings=joined(hub)).start().live()
    heard(hub, 0)
    stolen = client_id("art-installation-mirror", hub.settings(username="mirror", password="m"))
    usual, memory = one.rate(4), rss_mb(one.pid)
    over, takes = threading.Event(), 0

    def take() -> None:
        nonlocal takes
        while not over.wait(0.1):
            with contextlib.suppress(AssertionError, OSError, TimeoutError):
                Peer(hub.port, user="mirror", password="m", client_id=stolen, session=300, patience=2.0).close()
                takes += 1

    thief = threading.Thread(target=take)
    thief.start()
    try:
        rate = one.rate(30)
    finally:
        over.set()
        thief.join()
    with peer(hub.port, f"{BASE}/mirror/#", user="technician", password="t") as technician:
        fault.took("heard after it", answered(technician), BACK)
        for style in ("great-wave", "scream", "great-wave", "scream"):
            technician.publish(f"{BASE}/mirror/style/set", style)
        began = time.monotonic()
        technician.wait(f"{BASE}/mirror/style/state", "scream", 30)
        fault.took("the last of four taps shown", time.monotonic() - began, 30)
        until(
            lambda: "new password" in json.loads(technician.wait(f"{BASE}/mirror/health"))["broker"], 30, "the warning"
        )
    grown = rss_mb(one.pid) - memory
    assert rate >= STEADY * usual, (usual, rate)
    assert grown < 12
    assert "Traceback" not in one.log
    lines = sum("broker" in line for line in one.log.splitlines())
    assert lines <= 8, one.log
    fault.happened(
        f"taken {takes} times; {rate:.1f} of {usual:.1f} pictures a second, {grown:+.0f} MB, {lines} lines in the log; "
        "health asks for a new password"
    )


FLOOD = """
import sys, time
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
client = mqtt.Client(CallbackAPIVersion.VERSION2)
client.username_pw_set("technician", "t")
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_start()
start = time.monotonic()
sent = 0
while time.monotonic() - start < 60:
    for _ in range(50):
        client.publish("art-installation/mirror/strength/set", f"{sent % 1000 / 1000:.3f}")
        sent += 1
    time.sleep(max(0.0, sent / 5000 - (time.monotonic() - start)))
client.publish("art-installation/mirror/style/set", "scream", 1).wait_for_publish(60)
client.disconnect()
client.loop_stop()
print(sent)
"""


def test_a_flood_of_a_minute(daemon: Callable[..., Daemon], hub: Hub, fault: Fault) -> None:
    fault.is_about("5,000 commands a second for a minute, one of them retained before; then a tap")
    with peer(hub.port, user="technician", password="t") as technician:
        technician.publish(f"{BASE}/mirror/style/set", "great-wave", retain=True)
    one = daemon(settings={**joined(hub), "show": {"attract": False, "style": "photo"}}).start().live()
    heard(hub, 0)
    usual, memory = one.rate(5), rss_mb(one.pid)
    with peer(hub.port, f"{BASE}/mirror/style/state", user="technician", password="t") as technician:
        technician.wait(f"{BASE}/mirror/style/state", "photo", 30)
        flood = subprocess.Popen([sys.executable, "-c", FLOOD, str(hub.port)], stdout=subprocess.PIPE, text=True)
        rate, most = one.rate(30), rss_mb(one.pid)
        sent, _ = flood.communicate(timeout=120)
        began = time.monotonic()
        technician.wait(f"{BASE}/mirror/style/state", "scream", 60)
        fault.took("the tap shown", time.monotonic() - began, 10)
    grown = max(most, rss_mb(one.pid)) - memory
    assert rate >= STEADY * usual, (usual, rate)
    assert grown < 12
    assert "Traceback" not in one.log
    fault.happened(
        f"{int(sent):,} sent; {rate:.1f} of {usual:.1f} pictures a second, {grown:+.0f} MB; the retained one not obeyed"
    )
