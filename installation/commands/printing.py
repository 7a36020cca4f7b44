"""Output of commands: a table for people, JSON for programs."""

import json
import sys
from collections.abc import Sequence
from typing import Any

_WIDE = 200
"""Columns of a table without a terminal."""


def print_json(value: Any, indent: int | None = 2) -> None:
    """Print JSON, in one line without ``indent``; non-ASCII characters are escaped only where they must be."""
    unicode = (sys.stdout.encoding or "utf-8").lower().startswith("utf")  # a stream in memory has no encoding
    print(json.dumps(value, indent=indent, ensure_ascii=not unicode), flush=True)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Print a table as wide as the terminal; elsewhere lines are as long as necessary.

    The first column names the rows: it is never shortened, so that people can type what they read. The others wrap.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left")
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=number == 0, overflow="fold")
    for row in rows:
        # Text, not str, so that rich does not interpret markup from files.
        table.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDE).print(table)
