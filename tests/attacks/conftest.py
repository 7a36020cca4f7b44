"""The fixture by which an attack tells what it did; `record` explains."""

from collections.abc import Iterator

import pytest

from tests.attacks.record import FOLDER, TABLE, Attack
from tests.table import name_of, noted


@pytest.fixture
def attack(request: pytest.FixtureRequest) -> Iterator[Attack]:
    """Notes what this test tried and what happened; a passed test writes it where ``ART_ATTACKS`` says."""
    with noted(request, Attack(name_of(request, FOLDER)), TABLE, "ART_ATTACKS") as told:
        yield told
