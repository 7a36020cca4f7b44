"""The page on reliability and the faults belong together."""

import pytest

from tests.faults.record import FOLDER, PAGE, TABLE, Fault
from tests.table import rows_of, takers_of


def test_the_slowest_counts_and_may_not_be_too_slow() -> None:
    fault = Fault("a.py::test_a")
    fault.is_about("The cable is pulled")
    fault.took("card", 1.0, 3)
    fault.took("card", 0.5, 3)
    fault.happened("it went | on")
    assert fault.row == "| The cable is pulled | it went / on | card 1.0 s (3 s) | `a.py::test_a` |\n"
    with pytest.raises(AssertionError, match=r"card: 3.10 s, 3 s are allowed"):
        fault.took("card", 3.1, 3)


def test_every_fault_has_its_row_and_every_row_its_fault() -> None:
    # The page has the soak's table as well.
    table = PAGE.read_text(encoding="utf-8").partition(TABLE.begin)[2].partition(TABLE.end)[0]
    assert set(rows_of(table)) == takers_of("fault", FOLDER)
