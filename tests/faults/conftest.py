"""What faults are tried on: the daemon as a process of its own, and the record of what it did."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.daemon import Daemon
from tests.faults.record import FOLDER, TABLE, Fault
from tests.table import write_row

PASSED = pytest.StashKey[bool]()


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Iterator[Fault]:
    """Notes what this test did; a passed test writes it where ``ART_FAULTS`` says."""
    told = Fault(f"{request.path.relative_to(FOLDER)}::{request.node.originalname}")
    yield told
    if request.node.stash.get(PASSED, False):
        assert told.about, "a fault says what it is about"
        assert told.outcome, "a fault says what happened"
        print(told.row, end="")
        if page := os.environ.get("ART_FAULTS"):
            write_row(Path(page), TABLE, told.test, told.row)


Report = Generator[None, pytest.TestReport, pytest.TestReport]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Report:
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Callable[..., Daemon]]:
    """Makes daemons, not started yet; they are ended with the test."""
    made: list[Daemon] = []

    def make(**keys: Any) -> Daemon:
        folder = tmp_path / f"daemon-{len(made)}"
        made.append(Daemon(folder, **keys))
        return made[-1]

    yield make
    for one in made:
        one.end()
