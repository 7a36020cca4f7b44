"""The record of the attacks: `docs/security.md`, whose table is written by the attacks themselves, not by hand.

Every attack is a test in this folder that takes the fixture ``attack`` (tests/attacks/conftest.py) and says what it did
and what came of it::

    @pytest.mark.e2e  # where it needs root or more than a few seconds
    def test_a_visitor_commands_all_installations(hub, attack):
        attack.is_about("A visitor commands all installations at once")
        ...
        attack.happened(tries=6, what=f"{obeyed} obeyed, {denied} denied")

With ``ART_ATTACKS`` naming the page, each attack that passes writes its row, keyed by the test's name, and leaves the
others as they are::

    ART_ATTACKS=docs/security.md .venv/bin/python -m pytest -q -m 'e2e or not e2e' tests/attacks

``test_record.py`` compares the rows with the tests that there are; figures may differ from machine to machine.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.table import Table, takers_of

FOLDER: Final = Path(__file__).parent
PAGE: Final = FOLDER.parents[1] / "docs" / "security.md"
TABLE: Final = Table(
    "<!-- attacks -->\n",
    "| attacked | tries | what happened | test |\n| --- | ---: | --- | --- |\n",
    "<!-- end of attacks -->",
)


@dataclass
class Attack:
    """What one test did. Both methods must be called for a row."""

    test: str
    about: str = ""
    tries: int = 0
    outcome: str = ""

    def is_about(self, about: str) -> None:
        """Say who attacks what, in one line."""
        self.about = about

    def happened(self, tries: int, what: str) -> None:
        """Say how often it was tried, and what happened."""
        self.tries, self.outcome = tries, what

    @property
    def row(self) -> str:
        """Its line in the table."""
        cells = (self.about, f"{self.tries:,}", self.outcome, f"`{self.test}`")
        return f"| {' | '.join(' '.join(cell.split()).replace('|', '/') for cell in cells)} |\n"


def attacks_there_are() -> set[str]:
    """``file.py::test`` of every test in this folder that takes the fixture."""
    return takers_of("attack", FOLDER)
