"""Wall clocks that jump, and loops that get stuck."""

import time
from collections.abc import Callable

import pytest

from tests.faults.daemon import Daemon
from tests.faults.record import Fault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

YEAR = 365.25 * 86400


def test_the_wall_clock_jumps(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("The wall clock jumps ten years forward and back, and by hours to and fro, as on the night of DST")
    one = daemon(watchdog=5.0).start().live()
    usual, rates = one.rate(3), []
    for clock in (10 * YEAR, -10 * YEAR, 3600.0, -3600.0, 0.0):
        one.set(clock=clock)
        rates.append(one.rate(3))
    assert one.starts == 1, one.log
    # A loop that waits for a clock stands still for years; a shared machine wavers by a half.
    assert min(rates) >= 0.4 * usual, (usual, rates)
    assert "Traceback" not in one.log
    fault.happened(f"painted on: {min(rates):.1f} pictures a second at least, {usual:.1f} before; no restart")


def test_it_starts_in_1970(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("The clock starts in 1970, with opening hours that would keep the exhibit closed")
    one = daemon(settings={"show": {"attract": False}})
    with one.config.open("a") as file:
        file.write('[[show.opening]]\ndays = ["mon"]\nopens = "00:00"\ncloses = "00:01"\n')
    one.set(clock=-time.time())
    one.start()
    fault.took("first pictures", one.more_pictures(5, 60), 60)
    one.until(lambda: one.health().get("clock", "ok") != "ok", 20, "health")
    fault.happened(f"open; health says “{one.health()['clock']}”")
