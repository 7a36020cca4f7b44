from hypothesis import given
from hypothesis import strategies as st

from installation.show.presence import LOOK_EVERY, STAYS, Presence


def looks(presence, start, *moved):
    for number, one in enumerate(moved):
        presence.see(one, start + number * LOOK_EVERY)


def test_a_flicker_is_nobody_two_looks_with_motion_are_somebody():
    presence = Presence()
    looks(presence, 0.0, True, False, False, False, True)
    assert (presence.present, presence.visits) == (False, 0)
    presence.see(True, 1.25)
    assert (presence.present, presence.visits) == (True, 1)


def test_somebody_who_stands_still_stays_for_a_while_and_is_counted_once():
    presence = Presence()
    looks(presence, 0.0, True, True)
    presence.see(False, STAYS)
    assert presence.present
    looks(presence, STAYS, True, True)
    assert presence.visits == 1
    presence.see(False, 3 * STAYS)
    assert not presence.present
    looks(presence, 3 * STAYS + 1, True, True)
    assert presence.visits == 2


def test_a_look_is_due_four_times_a_second():
    presence = Presence()
    assert presence.due(0.0)
    presence.see(False, 0.0)
    assert not presence.due(LOOK_EVERY / 2)
    assert presence.due(LOOK_EVERY)


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 20.0))))
def test_nobody_is_counted_without_motion(steps):
    presence, now = Presence(), 0.0
    for moved, wait in steps:
        now += wait
        before = presence.visits
        presence.see(moved, now)
        assert presence.visits in (before, before + 1)
        assert moved or presence.visits == before
