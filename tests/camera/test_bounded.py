import threading
import time

import pytest

from installation.camera.bounded import Bounded
from installation.errors import CameraTimeout

DEADLINE = 10.0


def test_returns_and_raises_what_the_call_does():
    worker = Bounded("test")
    assert worker.call(lambda: 42, DEADLINE, "slow") == 42
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda: 1 // 0, DEADLINE, "slow")
    assert worker.call(threading.current_thread, DEADLINE, "slow").name == "test"
    assert worker.finish(lambda: None, DEADLINE)


def test_a_hanging_call_is_left_behind_and_cleaned_up_when_it_wakes():
    worker, release, cleaned = Bounded("test"), threading.Event(), threading.Event()
    start = time.monotonic()
    with pytest.raises(CameraTimeout, match="no answer"):
        worker.call(lambda: release.wait(DEADLINE), 0.05, "no answer")
    assert not worker.finish(cleaned.set, 0.05)
    assert time.monotonic() - start < DEADLINE / 2
    assert not cleaned.is_set()
    release.set()
    assert cleaned.wait(DEADLINE)


def test_a_time_out_inside_the_call_is_the_call_s_own():
    def late() -> None:
        raise TimeoutError("inside")

    worker = Bounded("test")
    with pytest.raises(TimeoutError, match="inside"):
        worker.call(late, DEADLINE, "outside")
    worker.finish(lambda: None, DEADLINE)
