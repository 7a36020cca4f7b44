"""The fixture by which an attack tells what it did; `record` explains."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.attacks.record import FOLDER, Attack, write

PASSED = pytest.StashKey[bool]()


@pytest.fixture
def attack(request: pytest.FixtureRequest) -> Iterator[Attack]:
    """Notes what this test tried and what happened; a passed test writes it where ``ART_ATTACKS`` says."""
    told = Attack(f"{request.path.relative_to(FOLDER)}::{request.node.originalname}")
    yield told
    if request.node.stash.get(PASSED, False):
        assert told.about, "an attack says what it is about"
        assert told.outcome, "an attack says what happened"
        print(told.row, end="")
        if page := os.environ.get("ART_ATTACKS"):
            write(Path(page), told)


Report = Generator[None, pytest.TestReport, pytest.TestReport]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Report:
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report
