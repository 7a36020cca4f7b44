from datetime import datetime

import pytest

from installation.service.clock import LOOK_EVERY, SANE_SINCE, WallClock, clock_problem


@pytest.fixture
def timesync(tmp_path):
    folder = tmp_path / "timesync"
    folder.mkdir()
    return folder / "synchronized"


def test_a_clock_counts_when_a_time_server_has_answered(timesync):
    assert clock_problem(timesync, SANE_SINCE + 1) == "not synchronised"
    timesync.touch()
    assert clock_problem(timesync, SANE_SINCE + 1) == ""
    assert clock_problem(timesync, SANE_SINCE - 1) == "not set"


def test_where_something_else_sets_the_clock_any_date_of_today_will_do(tmp_path):
    marker = tmp_path / "none" / "synchronized"
    assert clock_problem(marker, SANE_SINCE + 1) == ""
    assert clock_problem(marker, 0.0) == "not set"


def test_it_looks_now_and_then_until_it_is_right():
    now, answers = [0.0], ["", "not synchronised", "not synchronised"]
    clock = WallClock(answers.pop, lambda: now[0])
    assert clock.local() is None
    assert clock.problem == "not synchronised"
    assert len(answers) == 2, "asked once"
    now[0] = LOOK_EVERY
    assert clock.local() is None
    now[0] = 2 * LOOK_EVERY
    assert isinstance(clock.local(), datetime)
    now[0] = 1e6
    assert clock.problem == ""
