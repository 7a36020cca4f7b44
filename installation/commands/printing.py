"""How commands answer: a table for people, JSON for programs."""

import json
import sys
from collections.abc import Sequence
from typing import Any

_WIDE = 200
"""Columns where there is no terminal."""


def print_json(value: Any) -> None:
    """Print JSON, readable, in the characters it is made of."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Print a table on the terminal, as wide as that; elsewhere on lines as long as they need to be."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left")
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        # Text, not str: nothing from a file is taken for markup.
        table.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDE).print(table)
