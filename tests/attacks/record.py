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

import ast
import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
PAGE: Final = FOLDER.parents[1] / "docs" / "security.md"
BEGIN: Final = "<!-- attacks -->\n"
END: Final = "<!-- end of attacks -->"
HEAD: Final = "| attacked | tries | what happened | test |\n| --- | ---: | --- | --- |\n"


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


def write(page: Path, attack: Attack) -> None:
    """Put the attack's row into the page's table, in the place of its last one; other processes may do the same."""
    with page.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before, _, rest = file.read().partition(BEGIN)
        table, _, after = rest.partition(END)
        rows = {**rows_of(table), attack.test: attack.row}
        file.seek(0)
        file.truncate()
        file.write(f"{before}{BEGIN}{HEAD}{''.join(rows[test] for test in sorted(rows))}{END}{after}")


def rows_of(table: str) -> dict[str, str]:
    """The table's rows by the names of their tests."""
    lines = [line + "\n" for line in table.splitlines() if line.endswith("` |")]
    return {line.rpartition(" | `")[2].removesuffix("` |\n"): line for line in lines}


def attacks_there_are() -> set[str]:
    """``file.py::test`` of every test in this folder that takes the fixture."""
    return {
        f"{path.relative_to(FOLDER)}::{node.name}"
        for path in FOLDER.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and any(argument.arg == "attack" for argument in node.args.args)
    }
