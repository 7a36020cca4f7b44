"""The record of the faults: `docs/reliability.md`, whose table is written by the tests themselves, not by hand.

Every fault is a test in this folder that takes the fixture ``fault`` (tests/faults/conftest.py) and says what it did
and how long the daemon took to recover, within which bound::

    ART_FAULTS=docs/reliability.md .venv/bin/python -m pytest -q -m 'slow or not slow' tests/faults
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.table import Table

FOLDER: Final = Path(__file__).parent
PAGE: Final = FOLDER.parents[1] / "docs" / "reliability.md"
TABLE: Final = Table(
    "<!-- faults -->\n",
    "| fault | what happened | slowest (allowed) | test |\n| --- | --- | --- | --- |\n",
    "<!-- end of faults -->",
)


@dataclass
class Fault:
    """What one test did."""

    test: str
    about: str = ""
    outcome: str = ""
    times: dict[str, tuple[float, float]] = field(default_factory=dict)

    def is_about(self, about: str) -> None:
        """Say what is broken, in one line."""
        self.about = about

    def took(self, what: str, seconds: float, limit: float) -> None:
        """Note how long something took, and that it took no longer than it may; the slowest counts."""
        assert seconds <= limit, f"{what}: {seconds:.2f} s, {limit:g} s are allowed"
        self.times[what] = max(seconds, self.times.get(what, (0.0, limit))[0]), limit

    def happened(self, what: str) -> None:
        """Say what came of it."""
        self.outcome = what

    @property
    def row(self) -> str:
        """Its line in the table."""
        times = "; ".join(f"{what} {seconds:.1f} s ({limit:g} s)" for what, (seconds, limit) in self.times.items())
        cells = (self.about, self.outcome, times, f"`{self.test}`")
        return f"| {' | '.join(' '.join(cell.split()).replace('|', '/') for cell in cells)} |\n"
