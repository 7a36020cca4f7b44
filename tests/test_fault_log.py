import logging

import pytest

from installation.fault_log import CALM, MOST, REPEAT, FaultLog


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def faults(clock, caplog):
    caplog.set_level(logging.INFO)
    return FaultLog(logging.getLogger("test"), "the camera", clock)


def test_a_fault_on_every_other_frame_is_one_line_then_one_an_hour(faults, clock, caplog):
    for frame in range(30 * 7199):
        clock.now = 1000.0 + frame / 30
        if frame % 2:
            faults.fault("a frame could not be painted: no memory")
        else:
            faults.fine()
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert lines[0] == "a frame could not be painted: no memory"
    assert lines[1] == f"{lines[0]} (54001 times since the last line on it)"


def test_what_came_back_for_good_is_told_and_the_next_fault_is_news(faults, clock, caplog):
    faults.fault("unplugged")
    faults.fine()
    assert faults.troubled
    clock.now += CALM
    faults.fine()
    faults.fine()
    assert not faults.troubled
    faults.fault("unplugged")
    assert [record.getMessage() for record in caplog.records] == [
        "unplugged",
        "the camera works again; faults: 1",
        "unplugged",
    ]


def test_faults_that_alternate_are_a_line_each(faults, clock, caplog):
    for _ in range(100):
        clock.now += 10
        faults.fault("no such device")
        clock.now += 10
        faults.fault("no frame came")
    assert len(caplog.records) == 2


def test_endlessly_new_faults_do_not_flood_either(faults, clock, caplog):
    for number in range(1000):
        clock.now += 1
        faults.fault(f"fault {number}")
    assert len(caplog.records) == MOST


def test_the_traceback_of_a_new_fault(faults, clock, caplog):
    error = ZeroDivisionError("driver bug")
    faults.fault("unexpected", error)
    clock.now += REPEAT / 100
    faults.fault("unexpected", error)
    assert [bool(record.exc_info) for record in caplog.records] == [True]
