"""Opening hours: spans on weekdays and on dates of their own, which may pass midnight."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from installation.settings import WEEKDAYS, Opening, OpeningException


def is_open(opening: Sequence[Opening], exceptions: Sequence[OpeningException], local: datetime) -> bool:
    """Whether the gallery is open at a local time. Without spans it is always open, but for the exceptions' dates."""
    clock, today = local.strftime("%H:%M"), local.date()
    if any(
        opens <= clock and (closes <= opens or clock < closes) for opens, closes in _spans(opening, exceptions, today)
    ):
        return True
    # A span of yesterday may end today.
    yesterday = today - timedelta(days=1)
    return any(closes <= opens and clock < closes for opens, closes in _spans(opening, exceptions, yesterday))


def _spans(opening: Sequence[Opening], exceptions: Sequence[OpeningException], day: date) -> Iterator[tuple[str, str]]:
    """When the gallery opens and closes on one day; a span whose end is not after its start ends on the next day."""
    own = [exception for exception in exceptions if exception.date == day.isoformat()]
    if own:
        yield from ((one.opens, one.closes) for one in own if one.opens is not None and one.closes is not None)
    elif not opening:
        yield "00:00", "24:00"
    else:
        yield from ((span.opens, span.closes) for span in opening if WEEKDAYS[day.weekday()] in span.days)
