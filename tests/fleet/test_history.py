from installation.fleet.history import MINUTES, History
from installation.fleet.roster import Member, ReportedHealth


def member(visits=0, online=True, **health):
    return Member("pi1", "online" if online else "offline", health=ReportedHealth(visits=visits, **health))


def test_a_day_of_minutes_is_kept_and_no_more():
    history = History()
    for minute in range(MINUTES + 5):
        history.record([member(fps=float(minute))], 0)
    samples = history.days["pi1"].samples
    assert (len(samples), samples[-1].fps) == (MINUTES, MINUTES + 4)


def test_what_an_offline_mirror_said_last_is_no_sample():
    history = History()
    history.record([member(online=False, fps=25.0)], 0)
    assert history.days["pi1"].samples[-1].fps is None


def test_visits_are_counted_by_the_hour_over_restarts():
    history = History()
    for hour, visits in ((0, 7), (0, 9), (1, 12), (1, 2), (1, 3)):  # restarted after 12
        history.record([member(visits)], hour)
    assert history.days["pi1"].visits == {0: 2, 1: 6}
    history.record([member(3)], 25)
    assert history.days["pi1"].visits == {25: 0}


def test_who_is_forgotten_loses_its_day():
    history = History()
    history.record([member()], 0)
    history.record([], 0)
    assert history.days == {}
