"""The daemon for a long time, with all that happens to an exhibit: it must not grow, nor slow down.

A few minutes, as .ci/run has it; ``ART_SOAK_MINUTES`` says another time. ``ART_SOAK`` names the folder of docs whose
plot and table this run becomes, however it ends. ``ART_SOAK_SIZE`` is a cost class, to see more frames in that time::

    ART_SOAK_MINUTES=60 ART_SOAK_SIZE=192 ART_SOAK=docs .venv/bin/python -m pytest -q -s -m soak tests/soak
"""

import json
import os
import time
from pathlib import Path

import pytest

from tests.control.hub import NEEDS_MOSQUITTO, Hub
from tests.faults.daemon import Daemon
from tests.faults.test_collection import joined
from tests.soak.course import Course, Sample, Verdict
from tests.soak.happenings import Year
from tests.soak.record import LONG, publish

MINUTES = float(os.environ.get("ART_SOAK_MINUTES", "4"))
SIZE = int(os.environ.get("ART_SOAK_SIZE", "0")) or "auto"
EVERY = 2.0
"""Seconds from one sample to the next, at least."""
SLOPE = 1.0
"""MB for 100,000 frames."""
NOISE = 8.0
"""MB by which a short run may seem to grow: what a reload leaves is given back with the next only."""

pytestmark = [pytest.mark.soak, pytest.mark.timeout(int(MINUTES * 60) + 400), NEEDS_MOSQUITTO]


def test_a_year(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    hub = Hub(tmp_path / "hub", {"mirror": "m", "technician": "t"}, hub_page=False).start()
    settings = joined(hub)
    settings["network"] = {"size": SIZE}
    settings["camera"] = {"timeout": 1.0, "fps": 120.0}
    daemon = Daemon(tmp_path / "daemon", settings)
    daemon.set(fps=120)
    course = Course(tmp_path / "course.csv")
    try:
        daemon.start().live()
        year = Year(daemon, hub, ["great-wave", "scream", "starry-night", "photo"], days=365 / (MINUTES * 60 / EVERY))
        year.all_once()  # what is made once and kept is there then
        began = time.monotonic()
        while time.monotonic() - began < MINUTES * 60:
            due = time.monotonic() + EVERY
            year.go_on()
            time.sleep(max(0.0, due - time.monotonic()))
            frames = daemon.screen()[0]
            course.add(Sample.of(daemon.pid, time.monotonic() - began, frames, daemon.times()))
            (tmp_path / "happened.json").write_text(json.dumps(year.counts))
        log = daemon.log
    finally:
        daemon.end()
        hub.stop()
        if folder := os.environ.get("ART_SOAK"):
            publish(Path(folder), tmp_path)
    verdict = Verdict.of(course.samples)
    print(verdict, dict(year.counts))
    assert daemon.starts == 1
    assert "Traceback" not in log
    assert verdict.threads_growth <= 0
    assert verdict.files_growth <= 0
    assert verdict.rss_growth <= NOISE
    if verdict.frames >= LONG:
        assert verdict.rss_slope <= SLOPE
    assert verdict.p99_ms <= 2 * verdict.p50_ms
