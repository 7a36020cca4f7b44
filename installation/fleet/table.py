"""The fleet as a table for people and as rows for programs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from installation.fleet.ago import ago
from installation.fleet.orders import Outcome
from installation.fleet.roster import Member

_LARGEST = 1e6
"""Largest number that is shown; real reports are far below it."""
_NUMBERS = ("fps", "°C", "last seen")


def status_table(members: Sequence[Member]) -> Table:
    """A table with a line for each installation."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "group", "online", "style", "fps", "°C", "version", "last seen", "problems"):
        table.add_column(
            heading,
            justify="right" if heading in _NUMBERS else "left",
            overflow="fold",
            no_wrap=heading in ("id", *_NUMBERS),
        )
    for member in members:
        problems = member.problems()
        health = member.health
        cells = (
            member.id,
            member.group,
            "yes" if member.online else "no",
            member.style,
            _number(health.fps if health else None, 1),
            _number(health.temperature if health else None, 0),
            _version(member),
            ago(member.seen, datetime.now(UTC)),
            "; ".join(problems),
        )
        table.add_row(*map(Text, cells), style="red" if problems else "")
    return table


def status_rows(members: Sequence[Member]) -> list[dict[str, Any]]:
    """The same as rows for programs."""
    return [
        {
            "id": member.id,
            "name": member.info.name if member.info else "",
            "group": member.group,
            "online": member.online,
            "style": member.style,
            "fps": member.health.fps if member.health else None,
            "temperature": member.health.temperature if member.health else None,
            "version": _version(member),
            "last_seen": member.seen.isoformat(timespec="seconds") if member.seen else None,
            "problems": member.problems(),
        }
        for member in members
    ]


def outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """A table of the results of a command."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for outcome in outcomes:
        table.add_row(Text(outcome.id), Text(outcome.word), style="" if outcome.ok else "red")
    return table


def _version(member: Member) -> str:
    return (member.health.version if member.health else "") or (member.info.version if member.info else "")


def _number(value: float | None, places: int) -> str:
    return "–" if value is None or abs(value) > _LARGEST else f"{value:.{places}f}"
