"""Opening hours: spans on weekdays, which may pass midnight."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from installation.settings import WEEKDAYS, Opening


def is_open(opening: Sequence[Opening], local: datetime) -> bool:
    """Whether the gallery is open at a local time; without spans it is always open."""
    return not opening or any(_within(span, local) for span in opening)


def _within(span: Opening, local: datetime) -> bool:
    clock = local.strftime("%H:%M")
    today = WEEKDAYS[local.weekday()]
    if span.opens < span.closes:
        return today in span.days and span.opens <= clock < span.closes
    # The span ends on the next day.
    yesterday = WEEKDAYS[(local - timedelta(days=1)).weekday()]
    return (today in span.days and clock >= span.opens) or (yesterday in span.days and clock < span.closes)
