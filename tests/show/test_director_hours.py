from datetime import datetime, timedelta

import pytest

from installation.settings import Opening, OpeningException
from installation.show.commands import (
    SetDisplay,
    ToggleHold,
)
from tests.show.directed import NOON, at, director


def test_a_held_picture_goes_when_the_screen_goes_dark():
    show = director(opening=(Opening(days=("tue",), opens="10:00", closes="12:01"),))
    show.obey(ToggleHold(), 0.0)
    assert at(show, 1.0).held
    show.obey(SetDisplay(on=False), 2.0)
    at(show, 2.0)
    show.obey(SetDisplay(on=True), 3.0)
    assert not at(show, 3.0).held
    show.obey(ToggleHold(), 4.0)
    show.scene(5.0, NOON + timedelta(minutes=2))
    assert not at(show, 6.0).held


@pytest.mark.parametrize(
    ("when", "phase"),
    [
        ("2026-11-24 09:59", "closed"),  # Tuesday
        ("2026-11-24 10:00", "visitor"),
        ("2026-11-24 17:59", "visitor"),
        ("2026-11-24 18:00", "closed"),
        ("2026-11-28 19:59", "closed"),  # Saturday
        ("2026-11-28 20:00", "visitor"),
        ("2026-11-29 01:59", "visitor"),  # the night to Sunday
        ("2026-11-29 02:00", "closed"),
        ("2026-11-29 20:30", "closed"),
        ("2026-11-30 00:30", "visitor"),  # Monday is open around the clock
        ("2026-11-30 23:59", "visitor"),
    ],
)
def test_opening_hours(when, phase):
    opening = (
        Opening(days=("tue", "wed"), opens="10:00", closes="18:00"),
        Opening(days=("sat",), opens="20:00", closes="02:00"),
        Opening(days=("mon",), opens="00:00", closes="00:00"),
    )
    show = director(opening=opening)
    assert show.scene(0.0, datetime.fromisoformat(when)).phase == phase


def test_while_nobody_knows_the_time_the_exhibit_is_open():
    show = director(opening=(Opening(days=("mon",), opens="10:00", closes="11:00"),))
    assert at(show, 0.0).phase == "closed"
    assert show.scene(0.0, None).phase == "visitor"
    assert at(show, 1.0).phase == "closed"


EXCEPTIONS = (
    OpeningException(date="2026-11-24"),
    OpeningException(date="2026-11-25", opens="18:00", closes="01:00"),
    OpeningException(date="2026-11-25", opens="10:00", closes="12:00"),
)


@pytest.mark.parametrize(
    ("local", "phase"),
    [
        (datetime(2026, 11, 24, 12, 0), "closed"),  # a Tuesday that is closed
        (datetime(2026, 11, 25, 11, 0), "visitor"),
        (datetime(2026, 11, 25, 15, 0), "closed"),
        (datetime(2026, 11, 25, 23, 0), "visitor"),
        (datetime(2026, 11, 26, 0, 59), "visitor"),  # a late night ends on the next day
        (datetime(2026, 11, 26, 1, 0), "closed"),
        (datetime(2026, 12, 1, 12, 0), "visitor"),
    ],
)
def test_a_date_may_have_hours_of_its_own(local, phase):
    opening = (Opening(days=("tue", "wed"), opens="10:00", closes="18:00"),)
    assert director(opening=opening, exceptions=EXCEPTIONS).scene(0.0, local).phase == phase


def test_a_gallery_that_is_always_open_may_close_on_a_date():
    show = director(exceptions=EXCEPTIONS[:1])
    assert show.scene(0.0, NOON).phase == "closed"
    assert show.scene(0.0, NOON + timedelta(days=7)).phase == "visitor"
