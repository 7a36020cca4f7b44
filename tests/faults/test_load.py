"""Heat, busy neighbours, a limit of memory."""

import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.daemon import PAUSE, WATCHDOG, Daemon
from tests.faults.record import Fault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

MEMORY = Path("/sys/fs/cgroup/memory")
"""Where limits of memory are set (cgroup v1, as in the containers that these tests run in)."""
MB = 1 << 20


def test_heat_and_throttling(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("The processor at 85 °C; then throttled; then cool again")
    # A small screen and a slow camera: heat is the only reason to step down, also where the machine is busy.
    one = daemon(
        settings={
            "network": {"size": "auto"},
            "camera": {"fps": 1.0, "timeout": 3.0},
            "display": {"mode": "headless", "caption": False, "width": 512, "height": 512},
        }
    )
    one.set(fps=1)
    one.start().live()
    one.until(lambda: one.health().get("cost_class", 0) >= 256, 90, "a class to step down from")
    first = one.health()["cost_class"]
    hot = one.set(temperature=85.0)
    fault.took("a smaller class", one.until(lambda: one.health()["cost_class"] < first, 60, "a smaller class", hot), 30)
    smaller, reason = one.health()["cost_class"], one.health()["cost_class_reason"]
    assert "hot" in reason
    throttled = one.set(temperature=75.0, throttled=True)
    one.until(
        lambda: "throttled" in one.health()["cost_class_reason"] or smaller == 192, 90, "a smaller one", throttled
    )
    assert one.health()["throttled"] is True
    lowest = one.health()["cost_class"]
    cool = one.set(temperature=50.0, throttled=False)
    fault.took(
        "a larger one again", one.until(lambda: one.health()["cost_class"] > lowest, 150, "a larger one", cool), 120
    )
    assert "Traceback" not in one.log
    fault.happened(f"class {first} → {smaller} (“{reason}”) → {lowest} → {one.health()['cost_class']}")


def spin() -> None:
    while True:
        sum(range(10_000))


@contextlib.contextmanager
def neighbours(count: int) -> Iterator[None]:
    """Processes that take all the time of the processor that they get."""
    spawn = multiprocessing.get_context("spawn")
    them = [spawn.Process(target=spin, daemon=True) for _ in range(count)]
    for one in them:
        one.start()
    try:
        yield
    finally:
        for one in them:
            one.kill()
            one.join()


def test_busy_neighbours(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("Four busy neighbours for each processor, for 30 s")
    one = daemon(settings={"network": {"size": "auto"}, "camera": {"fps": 20.0, "timeout": 2.0}}, watchdog=WATCHDOG)
    one.start().live()
    calm, first = one.rate(5), one.health().get("cost_class")
    with neighbours(4 * (os.cpu_count() or 1)):
        busy = one.rate(30)
        one.until(lambda: one.health().get("cost_class"), 30, "health")
        then, reason = one.health()["cost_class"], one.health()["cost_class_reason"]
    fault.took("goes on afterwards", one.more_pictures(5), 10)
    assert busy > 0
    assert one.starts == 1, one.log
    assert "Traceback" not in one.log
    fault.happened(
        f"{calm:.1f} pictures a second before, {busy:.1f} meanwhile; class {first} → {then} (“{reason}”); "
        "not started anew by the watchdog"
    )


@pytest.fixture
def group() -> Iterator[Path]:
    """A group of processes whose memory may be limited."""
    folder = MEMORY / f"art-installation-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no limit of memory can be set here ({error})")
    yield folder
    deadline = time.monotonic() + 10
    while True:
        try:
            folder.rmdir()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def test_a_limit_of_memory(group: Path, daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("The kernel kills the daemon at its limit of memory")
    entered = ("sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "-")
    one = daemon(watchdog=WATCHDOG, prefix=entered).start().live()
    limit = 200 * MB
    (group / "memory.limit_in_bytes").write_text(str(limit))
    one.more_pictures(20)  # it has enough
    peak = int((group / "memory.max_usage_in_bytes").read_text()) / MB
    began = one.set(hoard=300)
    fault.took("started again", one.until(lambda: one.starts == 2, 60, "a restart", began), 30)
    one.set(hoard=0)
    fault.took("live after that", one.more_pictures(5, 60), 30)
    assert one.health().get("mode", "ok") == "ok"
    assert "Traceback" not in one.log
    fault.happened(f"at most {peak:.0f} MB of {limit // MB} by itself; killed, it starts again after {PAUSE:g} s")
