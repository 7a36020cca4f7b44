"""Who connects with another's client id takes its session over: the ids cannot be guessed, and a theft is told."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installation.control.mqtt.address import client_id
from installation.mirror.telemetry import HEALTH_EVERY
from tests.attacks.phone import Phone, connect, packet
from tests.attacks.record import Attack
from tests.control.hub import BASE, NEEDS_MOSQUITTO, Hub, Peer, peer, until

pytestmark = [pytest.mark.e2e, NEEDS_MOSQUITTO]

SETTINGS = """
[installation]
id = "mirror"
[camera]
source = "synthetic"
fps = 10
[network]
size = 192
[display]
mode = "headless"
[show]
attract = false
morph_seconds = 0.2
[broker]
url = "{url}"
password_file = "{folder}/mirror-password"
"""
GUESSES = (
    "art-installation-mirror",
    "art-installation-panel-mirror",
    "mirror",
    "visitors",
    "bridge-visitors",
    "visitors-_visitors",
    "local.bridge-visitors",
    "hub-house",
    "art-installation-mirror-0123456789abcdef",
)
TAPS = 30
SECONDS = 10.0
"""A tap that does not show within this was lost."""
LATE = 1.0
"""A report is told with the picture after the one that it was due with: the pictures of a busy machine are slow."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path, {"mirror": "m", "other": "o", "technician": "t"}).start()
    yield hub
    hub.stop()


@pytest.fixture
def technician(hub: Hub) -> Iterator[Peer]:
    """Hears everything; a real mirror is on-line and paints."""
    (hub.folder / "mirror-password").write_text("m")
    config = hub.folder / "settings.toml"
    config.write_text(SETTINGS.format(url=hub.url, folder=hub.folder))
    process = subprocess.Popen(
        [sys.executable, "-m", "installation", "run", "--config", str(config)],
        env={**os.environ, "STATE_DIRECTORY": str(hub.folder)},
    )
    try:
        with peer(hub.port, f"{BASE}/#", user="technician", password="t") as one:
            one.wait(f"{BASE}/mirror/availability", "online", 60)
            until(lambda: float(str(health(one).get("fps", 0))) > 1, 90, "the mirror paints")
            yield one
    finally:
        process.terminate()
        process.wait(20)


def health(one: Peer) -> dict[str, object]:
    report: dict[str, object] = json.loads(one.latest.get(f"{BASE}/mirror/health", b"{}"))
    return report


def test_sessions_are_taken_by_guessed_ids(hub: Hub, technician: Peer, attack: Attack) -> None:
    attack.is_about(
        "A visitor and a compromised installation connect with the client ids that one can guess, in a loop"
    )
    over, tries = threading.Event(), 0

    def steal() -> None:
        nonlocal tries
        while not over.is_set():
            for guess in GUESSES:
                with contextlib.suppress(OSError, AssertionError):
                    with Phone(hub.page_port) as phone:
                        phone.send(connect(guess, clean=False))
                        phone.hear()
                        phone.send(packet(0xC0, b""))
                    Peer(hub.port, user="other", password="o", client_id=guess, session=300).close()
                    tries += 2

    styles = [style["name"] for style in json.loads(technician.wait(f"{BASE}/mirror/info"))["styles"]][:2]
    reports, thief, obeyed = len(of_health(technician)), threading.Thread(target=steal), 0
    start = time.monotonic()
    thief.start()
    try:
        with peer(hub.page_port, websocket=True) as phone:
            for number in range(TAPS):
                phone.publish(f"{BASE}/mirror/style/set", styles[number % 2])
                with contextlib.suppress(TimeoutError):
                    technician.wait(f"{BASE}/mirror/style/state", styles[number % 2], SECONDS)
                    obeyed += 1
                time.sleep(0.3)
        took = time.monotonic() - start
    finally:
        over.set()
        thief.join()
    heard, due = len(of_health(technician)) - reports, int(took / (HEALTH_EVERY + LATE))
    assert obeyed == TAPS
    assert heard >= due
    assert (f"{BASE}/mirror/availability", b"offline", False) not in technician.messages
    assert health(technician)["broker"] == "ok"
    attack.happened(tries, f"{obeyed} of {TAPS} taps obeyed, {heard} health reports in {took:.0f} s, never offline")


def of_health(one: Peer) -> list[bytes]:
    return [payload for topic, payload, _ in one.messages if topic == f"{BASE}/mirror/health"]


def test_a_session_is_taken_by_one_who_knows_the_password(hub: Hub, technician: Peer, attack: Attack) -> None:
    attack.is_about("Somebody who stole an installation's password takes its session, again and again")
    stolen, tries = client_id("art-installation-mirror", hub.settings(username="mirror", password="m")), 0
    start = time.monotonic()
    while "cut" not in str(health(technician).get("broker", "")) and time.monotonic() < start + 90:
        Peer(hub.port, user="mirror", password="m", client_id=stolen, session=300).close()
        tries += 1
        time.sleep(2.0)
    told = str(health(technician)["broker"])
    assert "new password" in told
    technician.wait(f"{BASE}/mirror/availability", "online", 60)
    attack.happened(tries, f"told in `health` after {time.monotonic() - start:.0f} s: “{told}”")
