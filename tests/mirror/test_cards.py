from datetime import date

import pytest

from installation.display.words import Words, words
from installation.mirror import cards
from installation.settings import Opening, ShowSettings
from installation.settings.model import OpeningException, Weekday


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (("mon", "tue", "wed", "thu", "fri"), "Mon–Fri 10:00–18:00"),
        (("sun", "tue", "wed"), "Tue–Wed, Sun 10:00–18:00"),
        (("sat",), "Sat 10:00–18:00"),
        (("fri", "fri"), "Fri 10:00–18:00"),
    ],
)
def test_hours(days, text):
    assert cards.hours(Opening(days=days, opens="10:00", closes="18:00"), Words()) == text


def test_the_timetable_holds_hours_and_dates():
    show = ShowSettings(
        opening=(Opening(days=("tue", "wed"), opens="10:00", closes="18:00"),),
        exceptions=(
            OpeningException(date="2026-12-24"),
            OpeningException(date="2026-12-27", opens="10:00", closes="22:00"),
        ),
    )
    assert cards.timetable(show) == ["Tue–Wed 10:00–18:00", "2026-12-24 closed", "2026-12-27 10:00–22:00"]
    assert cards.timetable(ShowSettings()) == []


WEEKEND = ShowSettings(
    opening=(Opening(days=("sat", "sun"), opens="11:00", closes="17:00"),),
    exceptions=(
        OpeningException(date="2026-12-25"),
        OpeningException(date="2026-12-26", opens="12:00", closes="15:00"),
    ),
)


@pytest.mark.parametrize(
    ("today", "lines"),
    [
        (None, ["Zurzeit geschlossen.", "Sa–So 11:00–17:00"]),
        (date(2026, 12, 24), ["Zurzeit geschlossen.", "Sa–So 11:00–17:00"]),
        (date(2026, 12, 25), ["Heute geschlossen.", "Sa–So 11:00–17:00"]),
        (date(2026, 12, 26), ["Zurzeit geschlossen.", "Heute 12:00–15:00", "Sa–So 11:00–17:00"]),
    ],
)
def test_the_closed_card_tells_of_todays_exception(today, lines):
    assert cards.closed("Mirror", WEEKEND, today, words("de")).text.splitlines() == lines


def test_the_closed_card_shows_the_hours():
    card = cards.closed("Mirror", WEEKEND, date(2026, 12, 27), Words())
    assert card.title == "Mirror"
    assert "Sat–Sun 11:00–17:00" in card.text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Closed now.\nTue–Fri, Sun 10:00–18:00"),
        ("de", "Zurzeit geschlossen.\nDi–Fr, So 10:00–18:00"),
        ("fr", "Fermé pour le moment.\nmar.–ven., dim. 10:00–18:00"),
        ("zh", "现已闭馆。\n周二至周五、周日 10:00–18:00"),
    ],
)
def test_the_gallerys_language(language, text):
    days: tuple[Weekday, ...] = ("tue", "wed", "thu", "fri", "sun")
    show = ShowSettings(opening=(Opening(days=days, opens="10:00", closes="18:00"),))
    assert cards.closed("Mirror", show, None, words(language)).text == text
