"""The words of the holding cards: what a visitor reads when there is no picture."""

from collections.abc import Sequence

from installation.display.base import Card
from installation.settings import Opening

_DAYS = {"mon": "Mon", "tue": "Tue", "wed": "Wed", "thu": "Thu", "fri": "Fri", "sat": "Sat", "sun": "Sun"}


def starting(name: str) -> Card:
    """The card from power-on to the first picture."""
    return Card(title=name, text="Mixing the paints …")


def no_camera(name: str) -> Card:
    """The card while the camera gives no frames; the technician finds the reason in the health report."""
    return Card(title=name, text="Back in a moment.")


def closed(name: str, opening: Sequence[Opening]) -> Card:
    """The card outside opening hours, with the hours on it."""
    return Card(title=name, text="\n".join(["Closed now.", *(hours(span) for span in opening)]))


def hours(span: Opening) -> str:
    """One span for people, such as ``Tue–Fri, Sun 10:00–18:00``."""
    names = list(_DAYS)
    runs: list[list[str]] = []
    for day in sorted(set(span.days), key=names.index):
        if runs and names.index(day) == names.index(runs[-1][-1]) + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    days = ", ".join("–".join(_DAYS[day] for day in dict.fromkeys((run[0], run[-1]))) for run in runs)
    return f"{days} {span.opens}–{span.closes}"
