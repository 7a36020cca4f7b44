"""The holding cards: texts for visitors when there is no picture."""

from datetime import date
from typing import Final

from installation.display.base import Card
from installation.display.words import Words, title_of
from installation.settings import WEEKDAYS, Opening, ShowSettings

TOLD_DATES: Final = 30
"""Most dates in the description on MQTT, whose size the hub bounds."""


def starting(name: str, words: Words) -> Card:
    """The card from power-on to the first picture."""
    return Card(title=title_of(name, words), text=words.starting)


def no_camera(name: str, words: Words) -> Card:
    """The card while the camera gives no frames; the reason is in the health report."""
    return Card(title=title_of(name, words), text=words.no_camera)


def closed(name: str, show: ShowSettings, today: date | None, words: Words) -> Card:
    """The card outside opening hours; it lists the hours, first those of an exception today."""
    day = "" if today is None else today.isoformat()
    own = [one for one in show.exceptions if one.date == day]
    late = [f"{words.today} {one.opens}–{one.closes}" for one in own if one.opens is not None]
    state = words.closed_today if own and not late else words.closed
    return Card(
        title=title_of(name, words), text="\n".join([state, *late, *(hours(span, words) for span in show.opening)])
    )


def timetable(show: ShowSettings) -> list[str]:
    """The opening hours and the first exceptions in English, a line each; empty without any."""
    english = Words()
    spans = [hours(span, english) for span in show.opening]
    dates = [
        f"{one.date} " + ("closed" if one.opens is None else f"{one.opens}–{one.closes}")
        for one in show.exceptions[:TOLD_DATES]
    ]
    return spans + dates


def hours(span: Opening, words: Words) -> str:
    """One span as text, such as ``Tue–Fri, Sun 10:00–18:00``."""
    runs: list[list[int]] = []
    for day in sorted({WEEKDAYS.index(name) for name in span.days}):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    days = words.comma.join(
        words.from_to.join(words.days[day] for day in dict.fromkeys((run[0], run[-1]))) for run in runs
    )
    return f"{days} {span.opens}–{span.closes}"
