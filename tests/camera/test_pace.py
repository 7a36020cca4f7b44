import pytest

from installation.camera.pace import Pace


class FakeTime:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def pace(time: FakeTime) -> Pace:
    return Pace(lambda: time.now, time.sleep)


def test_first_frame_is_due_at_once(pace, time):
    pace.wait(5.0)
    assert time.slept == []


def test_waits_for_the_rest_of_the_interval(pace, time):
    pace.wait(5.0)
    time.now += 0.03
    pace.wait(5.1)
    assert time.slept == pytest.approx([0.07])


def test_gaps_are_not_waited_out(pace, time):
    pace.wait(0.0)
    pace.wait(60.0)
    pace.wait(60.1)
    assert time.slept == pytest.approx([0.1])


def test_does_not_hurry_after_a_long_stop(pace, time):
    pace.wait(0.0)
    time.now += 30
    pace.wait(0.1)
    pace.wait(0.2)
    assert time.slept == pytest.approx([0.1])
