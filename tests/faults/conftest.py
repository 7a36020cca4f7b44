"""What faults are tried on: the daemon as a process of its own, and the record of what it did."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.daemon import Daemon
from tests.faults.record import FOLDER, TABLE, Fault
from tests.table import name_of, noted


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Iterator[Fault]:
    """Notes what this test did; a passed test writes it where ``ART_FAULTS`` says."""
    with noted(request, Fault(name_of(request, FOLDER)), TABLE, "ART_FAULTS") as told:
        yield told


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
