"""The page on security and the attacks belong together."""

from pathlib import Path

from tests.attacks.record import PAGE, TABLE, Attack, attacks_there_are
from tests.table import rows_of, write_row


def told(test: str, tries: int) -> Attack:
    attack = Attack(test)
    attack.is_about("A visitor | knocks")
    attack.happened(tries, "nobody\nopens")
    return attack


def test_a_row_is_written_in_the_place_of_its_last(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{TABLE.begin}{TABLE.end}\nafter\n")
    for name, tries in (("b.py::test_b", 1), ("a.py::test_a", 1000), ("b.py::test_b", 2)):
        write_row(page, TABLE, name, told(name, tries).row)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith(f"{TABLE.end}\nafter\n")
    assert list(rows_of(text).values()) == [
        "| A visitor / knocks | 1,000 | nobody opens | `a.py::test_a` |\n",
        "| A visitor / knocks | 2 | nobody opens | `b.py::test_b` |\n",
    ]


def test_every_attack_has_its_row_and_every_row_its_attack() -> None:
    assert set(rows_of(PAGE.read_text(encoding="utf-8"))) == attacks_there_are()
