"""Signals at any moment."""

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import write_collection
from tests.faults.daemon import Daemon
from tests.faults.record import Fault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

END = 2.0
"""Seconds of its own: time that a busy machine gives to others does not count."""
MOMENTS = 50
SIGNALLED = {0, -signal.SIGTERM, -signal.SIGINT, 130}
"""How a process ends well that was asked to, in whatever phase."""


def test_the_end_at_random_moments(daemon: Callable[..., Daemon], fault: Fault) -> None:
    fault.is_about(f"SIGTERM and SIGINT at {MOMENTS} random moments, from the first import to the running mirror")
    rng = random.Random(20261126)
    one = daemon(settings={"network": {"weights": "auto", "threads": 0}})
    one.start().live()
    one.signal(signal.SIGTERM)
    one.wait()
    one.start().live()  # the runtimes have been timed: so long does a start take here
    start = next(at for at, word in one.said if at > one.started and word == "READY=1") - one.started
    one.signal(signal.SIGTERM)
    one.wait()
    phases = {"starting": 0, "running": 0}
    for number in range(MOMENTS):
        if number % 5 == 0:  # anew, so that this start times the runtimes as well
            for kept in (one.folder / "state").iterdir():
                kept.unlink()
        one.start()
        if number % 3 == 2:
            one.live()
            time.sleep(rng.uniform(0.0, 1.0))
        else:
            time.sleep(rng.uniform(0.0, 1.5 * start))
        said = [word for at, word in one.said if at > one.started]
        phases["running" if "READY=1" in said else "starting"] += 1
        # Ctrl-C before it has said a word is the interpreter's own: it has not come to our code yet.
        at = one.signal(rng.choice((signal.SIGTERM, signal.SIGINT)) if said else signal.SIGTERM)
        status, seconds = one.ends(at)
        fault.took("end", seconds, END)
        assert status in SIGNALLED, (status, one.log[-2000:])
    assert "Traceback" not in one.log, one.log[-3000:]
    assert min(phases.values()) >= 5
    fault.happened(f"a clean end each time ({phases['starting']} starting, {phases['running']} running), no traceback")


def test_reload_by_signal(daemon: Callable[..., Daemon], fault: Fault, tmp_path: Path) -> None:
    fault.is_about("SIGHUP with good and with broken settings and styles")
    folder = write_collection(tmp_path / "styles", "great-wave", "scream")
    one = daemon(settings={"paths": {"collection": str(folder)}}).start().live()
    good = one.groups
    # Broken: all goes on as it was.
    for broken in ("settings", "style", "network"):
        before = one.log.count("not reloaded")
        network = (folder / "network.tflite").read_bytes()
        if broken == "settings":
            one.configure({**good, "camera": {**good["camera"], "fps": -1}})
        elif broken == "style":
            (folder / "evil.toml").write_text("title = [")
        else:
            (folder / "network.tflite").write_bytes(network[:-100])
        one.signal(signal.SIGHUP)
        one.until(lambda: one.log.count("not reloaded") > before, 20, "a refusal")  # noqa: B023 - waited for here
        fault.took("goes on", one.more_pictures(5), 5)
        (folder / "evil.toml").unlink(missing_ok=True)
        (folder / "network.tflite").write_bytes(network)
        one.configure(good)
    # Good: the new settings count, in the same process.
    pid = one.pid
    one.configure({**good, "network": {**good["network"], "size": 256}})
    at = one.signal(signal.SIGHUP)
    one.until(lambda: one.health().get("cost_class") == 256, 60, "the new size")
    fault.took("new settings told in health", time.monotonic() - at, 30)
    one.more_pictures(5)
    assert one.pid == pid
    assert one.process is not None
    assert one.process.poll() is None
    assert "Traceback" not in one.log
    status, seconds = one.ends(one.signal(signal.SIGTERM))
    assert status == 0
    fault.took("end afterwards", seconds, END)
    fault.happened("broken ones refused in one sentence, the picture stays; good ones count, in the same process")
