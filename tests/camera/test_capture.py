import logging
import os
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from installation.camera.capture import MOST_HUNG, Capture
from installation.camera.synthetic import SyntheticCamera, fail_at, hang_at
from installation.errors import CameraError, CameraMissing, CameraTimeout, EndOfStream, UsageError
from installation.settings import CameraSettings

SETTINGS = CameraSettings(timeout=0.3)
DEADLINE = 10.0


def wait_until(condition, seconds: float = DEADLINE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.005)


@pytest.fixture
def capture_of():
    """Start captures of given cameras, and stop them after the test."""
    captures = []

    def start(make, **options) -> Capture:
        capture = Capture(make, SETTINGS, **options)
        captures.append(capture)
        capture.start()
        return capture

    yield start
    for capture in captures:
        capture.stop()


class Script:
    """Makes cameras that fail as told: one entry for each opening, an error or None."""

    def __init__(self, *openings: Exception | None, before_read=None) -> None:
        self.openings = list(openings)
        self.made = 0
        self.closed = 0
        self.before_read = before_read

    def __call__(self):
        script = self

        class Scripted(SyntheticCamera):
            def open(self) -> None:
                error = script.openings.pop(0) if script.openings else None
                if error is not None:
                    raise error
                super().open()

            def close(self) -> None:
                script.closed += 1
                super().close()

        self.made += 1
        return Scripted(16, 100, before_read=self.before_read)


def test_newest_frame_wins_and_sequence_rises(capture_of):
    capture = capture_of(lambda: SyntheticCamera(16, 200))
    seen: list[int] = []
    while len(seen) < 5:
        frame = capture.newest(seen[-1] if seen else -1, DEADLINE)
        seen.append(frame.sequence)
        time.sleep(0.03)
    assert seen == sorted(set(seen))
    assert capture.dropped > 0
    assert capture.state == "ok"
    assert capture.problem == ""
    assert capture.camera_name == "synthetic"
    assert capture.captured >= seen[-1] + 1


def test_a_slow_reader_keeps_its_frame(capture_of):
    capture = capture_of(lambda: SyntheticCamera(64, 500, paced=False))
    for _ in range(20):
        frame = capture.newest(-1, DEADLINE)
        kept = frame.pixels.copy()
        captured = capture.captured
        wait_until(lambda now=captured: capture.captured > now + 5)
        assert np.array_equal(frame.pixels, kept)


def test_newest_times_out(capture_of):
    capture = capture_of(lambda: SyntheticCamera(16, before_read=hang_at(0, 0.5)))
    start = time.monotonic()
    assert capture.newest(-1, 0.05) is None
    assert time.monotonic() - start < 0.4
    assert capture.state == "starting"


def test_waiting_until_taken_drops_nothing(capture_of):
    capture = capture_of(lambda: SyntheticCamera(16, paced=False), wait_until_taken=True)
    for expected in range(30):
        assert capture.newest(expected - 1, DEADLINE).sequence == expected
    assert capture.dropped == 0
    time.sleep(0.05)
    assert capture.captured <= 31


def test_reopens_after_a_fault_and_goes_on_counting(capture_of):
    cameras: list[SyntheticCamera] = []

    def make():
        failing = fail_at(3, CameraTimeout("it gave no frame")) if not cameras else None
        cameras.append(SyntheticCamera(16, 100, before_read=failing))
        return cameras[-1]

    capture = capture_of(make)
    wait_until(lambda: capture.state == "waiting")
    assert capture.problem == "it gave no frame"
    assert isinstance(capture.fault, CameraTimeout)
    assert capture.newest(2, DEADLINE).sequence >= 3
    assert capture.state == "ok"
    assert capture.problem == ""
    assert capture.fault is None
    assert len(cameras) == 2


def test_a_library_s_own_fault_does_not_end_it(capture_of):
    script = Script(None, before_read=fail_at(1, ZeroDivisionError("driver bug")))
    capture = capture_of(script)
    wait_until(lambda: capture.state == "waiting")
    assert "driver bug" in capture.problem
    wait_until(lambda: script.made == 2)
    assert script.closed >= 1


def test_missing_camera_is_waited_for_longer_than_a_broken_one(capture_of):
    missing, broken = Script(*[CameraMissing("none")] * 99), Script(*[CameraError("broken")] * 99)
    capture_of(missing)
    capture_of(broken)
    wait_until(lambda: broken.made >= 3)
    assert missing.made == 1


def test_end_of_a_clip_ends(capture_of):
    capture = capture_of(lambda: SyntheticCamera(16, 100, before_read=fail_at(2, EndOfStream("over"))))
    wait_until(lambda: capture.state == "ended")
    assert capture.newest(-1, DEADLINE).sequence == 1
    assert capture.newest(1, DEADLINE) is None
    assert capture.problem == "over"


def test_a_source_that_makes_no_sense_ends(capture_of):
    def make():
        raise UsageError("no such source")

    capture = capture_of(make)
    wait_until(lambda: capture.state == "ended")
    assert capture.problem == "no such source"


def test_stop_is_quick_in_a_pause_and_idempotent(capture_of):
    capture = capture_of(Script(*[CameraMissing("none")] * 9))
    wait_until(lambda: capture.state == "waiting")
    start = time.monotonic()
    capture.stop()
    capture.stop()
    assert time.monotonic() - start < 1.5
    assert capture.state == "stopped"
    assert capture.newest(-1, 5) is None


def test_stop_leaves_a_hanging_camera_behind(capture_of, caplog):
    hanging = threading.Event()
    release = threading.Event()

    def hang(number: int) -> None:
        if number == 1:
            hanging.set()
            release.wait(DEADLINE)

    capture = capture_of(lambda: SyntheticCamera(16, 100, before_read=hang))
    assert hanging.wait(DEADLINE)
    start = time.monotonic()
    capture.stop(0.1)
    assert time.monotonic() - start < 2
    assert "left behind" in caplog.text
    captured = capture.captured
    release.set()
    time.sleep(0.1)
    assert capture.captured == captured
    assert capture.state == "stopped"


def test_stop_without_start():
    capture = Capture(lambda: SyntheticCamera(16), SETTINGS)
    capture.stop()
    assert capture.state == "stopped"


def test_a_driver_that_hangs_after_frames_calls_for_a_new_process(capture_of):
    class Hanging(SyntheticCamera):
        def close(self) -> None:
            super().close()
            self.hung = True

    capture = capture_of(lambda: Hanging(16, 100, before_read=fail_at(1, CameraTimeout("silent"))))
    wait_until(lambda: capture.state == "waiting")
    assert capture.stuck


def hang(release: threading.Event) -> None:
    release.wait(DEADLINE)


def test_a_camera_that_never_returns_calls_for_a_new_process(capture_of):
    release = threading.Event()
    capture = capture_of(lambda: SyntheticCamera(16, 100, before_read=lambda _number: hang(release)))
    assert not capture.stuck
    capture._patience = 0.05
    wait_until(lambda: capture.stuck)
    release.set()
    wait_until(lambda: capture.state == "ok")


def test_a_camera_that_never_worked_is_no_reason_for_a_new_process(capture_of):
    capture = capture_of(Script(*[CameraError("broken")] * 9))
    wait_until(lambda: capture.state == "waiting")
    assert not capture.stuck


def test_another_size_comes_when_the_camera_has_followed(capture_of):
    capture = capture_of(lambda: SyntheticCamera(16, 200))
    assert capture.newest(-1, DEADLINE).pixels.shape == (16, 16, 3)
    capture.resize((32, 48))
    sequence, deadline = -1, time.monotonic() + DEADLINE
    shape: tuple[int, ...] = ()
    while shape != (32, 48, 3) and time.monotonic() < deadline:
        frame = capture.newest(sequence, DEADLINE)
        sequence, shape = frame.sequence, frame.pixels.shape
    assert shape == (32, 48, 3)


def test_a_camera_opened_again_keeps_the_size(capture_of):
    cameras = []

    def make():
        cameras.append(SyntheticCamera(16, 200, before_read=fail_at(20, CameraTimeout("no frame"))))
        return cameras[-1]

    capture = capture_of(make)
    capture.resize((32, 48))
    wait_until(lambda: len(cameras) == 2 and capture.state == "ok")
    assert capture.newest(-1, DEADLINE).pixels.shape == (32, 48, 3)


def test_a_camera_that_fails_at_every_retry_does_not_flood_the_log(capture_of, caplog, monkeypatch):
    monkeypatch.setattr(Capture, "_pause", lambda *_: None)
    caplog.set_level(logging.INFO, "installation.camera")
    script = Script(before_read=fail_at(2, CameraTimeout("it gave no frame")))
    capture_of(script)
    wait_until(lambda: script.closed >= 20)
    assert [record.getMessage() for record in caplog.records] == [
        "camera synthetic is open",
        "camera: it gave no frame",
    ]


def test_a_library_that_fails_at_every_retry_does_not_flood_the_log(capture_of, caplog, monkeypatch):
    monkeypatch.setattr(Capture, "_pause", lambda *_: None)
    script = Script(*[ZeroDivisionError("driver bug")] * 999)
    capture_of(script)
    wait_until(lambda: script.closed >= 20)
    assert len(caplog.records) == 1
    assert caplog.records[0].exc_info, "the first time with its traceback"


def test_a_fault_that_whoever_reads_makes_an_error_of_is_not_logged_as_well(capture_of, caplog):
    capture = capture_of(Script(CameraMissing("plug it in")), quiet_start=True)
    wait_until(lambda: capture.state == "waiting")
    assert str(capture.fault) == "plug it in"
    capture = capture_of(Script(UsageError("there is no such source")))
    wait_until(lambda: capture.state == "ended")
    assert not caplog.records


def test_a_fault_after_the_first_frame_is_logged_all_the_same(capture_of, caplog):
    capture_of(Script(before_read=fail_at(2, CameraTimeout("it gave no frame"))), quiet_start=True)
    wait_until(lambda: caplog.records)
    assert caplog.records[0].getMessage() == "camera: it gave no frame"


def test_a_driver_that_returns_is_used_again_at_once(capture_of):
    """A bus that was busy for some seconds: neither a minute's pause nor a new process."""
    cameras: list[SyntheticCamera] = []

    def make():
        camera = SyntheticCamera(16, 100)
        if not cameras:
            camera = SyntheticCamera(16, 100, before_read=fail_at(1, CameraTimeout("silent")))
            camera.hung = True
        cameras.append(camera)
        return camera

    capture = capture_of(make)
    wait_until(lambda: capture.stuck)
    cameras[0].hung = False
    wait_until(lambda: len(cameras) == 2 and capture.state == "ok", 3.0)
    assert not capture.stuck


def test_when_one_of_too_many_drivers_returns_the_camera_is_tried_again(capture_of, monkeypatch):
    monkeypatch.setattr("installation.camera.capture.HUNG_PAUSE", 0.0)
    cameras: list[SyntheticCamera] = []

    class Hanging(SyntheticCamera):
        def open(self) -> None:
            cameras.append(self)
            self.hung = len(cameras) <= MOST_HUNG
            if self.hung:
                raise CameraTimeout("the driver does not return")
            super().open()

    capture = capture_of(lambda: Hanging(16, 100))
    wait_until(lambda: capture.stuck)
    cameras[0].hung = False
    wait_until(lambda: capture.state == "ok")
    assert len(cameras) == MOST_HUNG + 1


def test_a_driver_that_always_hangs_leaves_few_threads_behind(capture_of, monkeypatch):
    """One that never gave a frame, as a Pi camera with a loose cable: then the process ends, not the machine."""
    monkeypatch.setattr("installation.camera.capture.HUNG_PAUSE", 0.0)

    class Hanging(SyntheticCamera):
        made = 0

        def open(self) -> None:
            Hanging.made += 1
            raise CameraTimeout("the driver does not return")

        def close(self) -> None:
            super().close()
            self.hung = True

    capture = capture_of(lambda: Hanging(16, 100))
    wait_until(lambda: capture.stuck)
    time.sleep(0.1)
    assert Hanging.made == MOST_HUNG
    assert capture.state == "waiting"
    assert capture.problem == "the driver does not return"


def test_a_driver_that_hangs_once_is_no_reason_for_a_new_process(capture_of):
    class Hanging(SyntheticCamera):
        def open(self) -> None:
            raise CameraTimeout("the driver does not return")

        def close(self) -> None:
            super().close()
            self.hung = True

    capture = capture_of(lambda: Hanging(16, 100))
    wait_until(lambda: capture.state == "waiting")
    assert not capture.stuck


def test_a_thousand_retries_leave_nothing_behind(capture_of, monkeypatch):
    monkeypatch.setattr(Capture, "_pause", lambda *_: None)

    class Gone:
        """As drivers fail: in open, or with the first frame."""

        name = "gone"
        hung = False
        made = 0

        def __init__(self) -> None:
            Gone.made += 1
            self.device = os.open("/dev/null", os.O_RDONLY)

        def open(self) -> None:
            if Gone.made % 2:
                raise CameraMissing("there is no camera; connect one")

        def read(self):
            raise CameraMissing("unplugged; plug it in")

        def resize(self, size) -> None: ...

        def close(self) -> None:
            os.close(self.device)

    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    capture_of(Gone)
    wait_until(lambda: Gone.made > 50)
    files, threads = open_files(), threading.active_count()
    tracemalloc.start()
    try:
        wait_until(lambda: Gone.made > 200)
        before = tracemalloc.get_traced_memory()[0]
        wait_until(lambda: Gone.made > 1200, 60)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert open_files() <= files + 2  # of the camera of this moment
    assert threading.active_count() <= threads + 2
    assert grown < 100_000
