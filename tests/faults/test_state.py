"""The state folder, and the timing of the network that is kept there."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.daemon import Daemon
from tests.faults.record import Fault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TIMED = {"network": {"weights": "auto", "threads": 0, "size": 192}}
STARTS = 60.0
MOUNTS = {
    "read-only": "mount -t tmpfs -o ro none {folder}",
    "full": "mount -t tmpfs -o size=4k none {folder} && head -c 4096 /dev/zero >{folder}/ballast",
}
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount: ../shared machines are root's")


def fifo(path: Path) -> None:
    os.mkfifo(path / "tuning.json")


def corrupt(path: Path) -> None:
    (path / "tuning.json").write_bytes(b'[{"key": {"network": "\xff')


def missing(path: Path) -> None:
    path.rmdir()


def in_the_way(path: Path) -> None:
    path.rmdir()
    path.write_text("a file")


@ROOT
def test_state_folders_that_are_no_good(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("The state folder missing, a file, read-only, full; the tuning cache corrupt, a pipe")
    for spoil in (missing, in_the_way, corrupt, fifo):
        one = daemon()
        spoil(one.folder / "state")
        began = time.monotonic()
        one.start().live()
        fault.took("first pictures", time.monotonic() - began, STARTS)
        assert "Traceback" not in one.log
        one.end()
    for mount in MOUNTS.values():
        one = daemon()
        script = mount.format(folder=one.folder / "state") + ' && exec "$@"'
        one.prefix = ("unshare", "-m", "sh", "-c", script, "sh")
        began = time.monotonic()
        one.start().live()
        fault.took("first pictures", time.monotonic() - began, STARTS)
        assert "Traceback" not in one.log
        one.end()
    fault.happened("starts all the same, times the network anew")


def test_killed_while_tuning(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("kill -9 at ten moments of the first start, while the network is timed")
    one = daemon(settings=TIMED)
    for tenth in range(10):
        one.start()
        time.sleep(0.3 + 0.3 * tenth)
        one.signal(signal.SIGKILL)
        one.wait()
        left = [path.name for path in (one.folder / "state").iterdir() if path.name != "tuning.json"]
        assert len(left) <= 1, left
    began = time.monotonic()
    one.start().live()
    fault.took("first pictures then", time.monotonic() - began, STARTS)
    assert "Traceback" not in one.log
    assert not children_of(one.pid), "no child is left behind"
    fault.happened("starts all the same, nothing half-written, no process left behind")


def test_a_trial_that_is_killed(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about("The child that times the network is killed (SIGSEGV) while it does, twice")
    one = daemon(settings=TIMED)
    began = time.monotonic()
    one.start()
    for _ in range(2):
        one.until(lambda: any(map(at_work, children_of(one.pid))), 30, "a child at work")
        for child in children_of(one.pid):
            os.kill(child, signal.SIGSEGV)
        time.sleep(0.1)
    one.live()
    fault.took("first pictures", time.monotonic() - began, STARTS)
    kept = (one.folder / "state" / "tuning.json").read_text()
    ruled_out = one.log.count("is excluded")
    assert "Traceback" not in one.log
    one.signal(signal.SIGTERM)
    one.wait()
    before = one.log.count("is excluded")
    one.start().live()
    assert one.log.count("is excluded") == before, "what is known is not tried again"
    assert ruled_out == kept.count("SIGSEGV") == 2, one.log
    fault.happened(f"{ruled_out} candidates excluded, {kept.count('SIGSEGV')} remembered; shown with another one")


def at_work(pid: int) -> bool:
    """Whether a child has come to the network: it has loaded a runtime then."""
    try:
        return "interpreter_wrapper" in Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return False


def children_of(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
