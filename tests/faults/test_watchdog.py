"""What gets stuck, is stopped, and crashes again and again."""

import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.daemon import WATCHDOG, Daemon
from tests.faults.record import Fault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

RESTART = 10.0


def started_anew(daemon: Callable[..., Daemon], how: str) -> tuple[float, float]:
    """Seconds until it was started again, and until it showed pictures then."""
    one = daemon(watchdog=WATCHDOG).start().live()
    began = one.set(display="stuck") if how == "stuck" else one.signal(signal.SIGSTOP)
    restarted = one.until(lambda: one.starts == 2, 40, "a restart", began)
    one.set(display="ok")
    return restarted, one.more_pictures(5, 60)


def test_stuck_and_stopped(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("The loop stuck in a call of the screen; the process stopped (SIGSTOP)")
    for how in ("stuck", "stopped"):
        restarted, live = started_anew(daemon, how)
        fault.took("started again by the watchdog", restarted, RESTART)
        fault.took("live after that", live, 30)
    fault.happened(f"the watchdog ({WATCHDOG:g} s) ends it, and it is started again")


def test_safe_mode(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("The camera's driver takes the process down at every start")
    one = daemon(watchdog=WATCHDOG)
    one.set(camera="crash")
    began = time.monotonic()
    one.start()
    one.until(lambda: one.health().get("mode", "ok") != "ok", 200, "safe mode", began)
    fault.took("the bundled clip, in safe mode", time.monotonic() - began, 120)
    mode, starts = one.health()["mode"], one.starts
    assert starts == 6, one.log
    one.more_pictures(5)
    one.set(camera="ok")
    # Restarted in good order, it is as it was set again.
    one.signal(signal.SIGTERM)
    one.until(lambda: one.starts == starts + 1, 10, "a restart")
    one.until(lambda: one.health().get("mode") == "ok", 60, "the usual mode")
    one.more_pictures(5)
    fault.happened(f"five crashes, then the clip; health says “{mode}”; after a restart as it was set")


def test_a_slow_reload_is_no_stuck_loop(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("A reload by SIGHUP whose new mirror takes longer to make than the watchdog waits")
    one = daemon(watchdog=WATCHDOG).start().live()
    one.set(assembly=WATCHDOG + 2)
    at = one.signal(signal.SIGHUP)
    one.until(
        lambda: any(word == f"WATCHDOG_USEC={int(WATCHDOG * 1e6)}" for when, word in one.said if when > at), 60, "it"
    )
    one.more_pictures(5)
    assert one.starts == 1, one.log
    fault.took("made anew", time.monotonic() - at, 60)
    # From then on the watchdog is as quick as before.
    one.set(assembly=0)
    began = one.signal(signal.SIGSTOP)
    fault.took("started again by the watchdog afterwards", one.until(lambda: one.starts == 2, 40, "it", began), RESTART)
    fault.happened("the same process; the watchdog waits longer meanwhile, and as before afterwards")
