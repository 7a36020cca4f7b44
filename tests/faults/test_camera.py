"""Cameras that are not there, go, hang, and show nonsense."""

import time
from collections.abc import Callable

import pytest

from tests.faults.daemon import Daemon
from tests.faults.record import Fault

pytestmark = pytest.mark.slow

CARD, LIVE = 3.0, 5.0


def test_no_camera_at_boot(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("No camera at boot; it is connected later")
    one = daemon()
    one.set(camera="absent")
    one.start()
    one.card(60)
    one.until(lambda: one.health().get("camera", "ok") != "ok", 30, "health")
    said = one.health()["camera"]
    assert any(word == "READY=1" for _, word in one.said)
    back = one.set(camera="ok")
    fault.took("live again", one.more_pictures(since=back), LIVE)
    fault.happened(f"a holding card, health says “{said}”; then the picture")


def test_an_unplugged_camera(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("The camera is unplugged and comes back, five times")
    one = daemon().start().live()
    for seconds in (1.0, 2.0, 4.0, 6.0, 8.0):
        gone = one.set(camera="absent")
        fault.took("card", one.card(since=gone), CARD)
        time.sleep(seconds)
        back = one.set(camera="ok")
        fault.took("live again", one.more_pictures(since=back), LIVE)
    one.until(lambda: one.health().get("camera") == "ok", 10, "health")
    lines = [line for line in one.log.splitlines() if "no camera" in line]
    assert len(lines) <= 2 * 5, one.log
    assert "Traceback" not in one.log
    fault.happened(f"each time a card, then the picture; {len(lines)} lines in the log, no traceback")


def hangs(daemon: Callable[..., Daemon], where: str) -> tuple[float, float, int]:
    """Seconds to the card, and from the end of the hanging to the picture; how often it was started."""
    one = daemon(watchdog=4.0).start().live()
    if where == "read":
        began = one.set(camera="hang in read")
    else:
        one.set(camera="absent")
        one.card(10)
        began = one.set(camera=f"hang in {where}")
    card = one.card(since=began) if where == "read" else 0.0
    time.sleep(6)
    back = one.set(camera="ok")
    return card, one.more_pictures(since=back), one.starts


def test_cameras_that_hang(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("The camera's driver hangs in read, in open, in close")
    starts = 0
    for where in ("read", "open", "close"):
        card, live, count = hangs(daemon, where)
        fault.took("card", card, CARD)
        fault.took("live again", live, LIVE)
        starts += count - 1
    fault.happened(f"a card meanwhile; the watchdog started the daemon anew {starts} times")


def test_pictures_that_are_none(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("Black, over-exposed and torn frames, frames of a wrong size; 2 and 120 frames a second")
    one = daemon().start().live()
    for how in ("black", "white", "torn"):
        at = one.set(camera=how)
        fault.took("goes on", one.more_pictures(10, since=at), LIVE)
    at = one.set(camera="wrong size")
    time.sleep(3)
    at = one.set(camera="ok")
    fault.took("live again after wrong sizes", one.more_pictures(since=at), LIVE)
    one.set(fps=2)
    time.sleep(1)
    slow = one.rate(4)
    assert 1.4 <= slow <= 2.6
    one.set(fps=120)
    time.sleep(1)
    fast = one.rate(3)
    assert fast > 10
    assert one.process is not None
    assert one.process.poll() is None
    assert "Traceback" not in one.log
    fault.happened(f"painted on: {slow:.1f} pictures a second of 2, {fast:.0f} of 120")


def test_a_camera_that_fails_at_every_try(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("A camera that fails at every retry for a minute")
    one = daemon()
    one.set(camera="absent")
    one.start()
    one.card(60)
    time.sleep(15)
    threads, lines = one.threads(), len(one.log.splitlines())
    time.sleep(60)
    grown, more = one.threads() - threads, len(one.log.splitlines()) - lines
    assert grown <= 0
    assert more <= 2
    fault.happened(f"{grown} threads more, {more} lines more in the log")
