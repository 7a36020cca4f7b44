"""Tables of docs that tests write themselves: a row a test, its name in the last column."""

import ast
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

PASSED = pytest.StashKey[bool]()
"""Whether the test passed, for its fixtures; tests/conftest.py stores it."""


@dataclass(frozen=True)
class Table:
    """Where a page's table begins and ends, and its first two lines."""

    begin: str
    head: str
    end: str


class Told(Protocol):
    """What a test says of itself."""

    test: str
    about: str
    outcome: str

    @property
    def row(self) -> str:
        """Its line in the table."""


def name_of(request: pytest.FixtureRequest, folder: Path) -> str:
    """``file.py::test`` of the test that takes the fixture."""
    return f"{request.path.relative_to(folder)}::{request.node.originalname}"


T = TypeVar("T", bound=Told)


@contextmanager
def noted(request: pytest.FixtureRequest, told: T, table: Table, variable: str) -> Iterator[T]:
    """Have a test say what it did; once it passed, its row goes into the page that the variable ``variable`` names."""
    yield told
    if request.node.stash.get(PASSED, False):
        assert told.about, "it says what it is about"
        assert told.outcome, "it says what happened"
        print(told.row, end="")
        if page := os.environ.get(variable):
            write_row(Path(page), table, told.test, told.row)


def write_row(page: Path, table: Table, test: str, row: str) -> None:
    """Put a test's row into the page's table, in the place of its last one; other processes may do the same."""
    with page.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before, _, rest = file.read().partition(table.begin)
        old, _, after = rest.partition(table.end)
        rows = {**rows_of(old), test: row}
        file.seek(0)
        file.truncate()
        file.write(f"{before}{table.begin}{table.head}{''.join(rows[name] for name in sorted(rows))}{table.end}{after}")


def rows_of(table: str) -> dict[str, str]:
    """The table's rows by the names of their tests."""
    lines = [line + "\n" for line in table.splitlines() if line.endswith("` |")]
    return {line.rpartition(" | `")[2].removesuffix("` |\n"): line for line in lines}


def takers_of(fixture: str, folder: Path) -> set[str]:
    """``file.py::test`` of every test in the folder that takes the fixture."""
    return {
        f"{path.relative_to(folder)}::{node.name}"
        for path in folder.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and any(argument.arg == fixture for argument in node.args.args)
    }
