"""The hardware watchdog, as sysfs tells of it."""

from pathlib import Path

import pytest

from installation.doctor.watchdog import check_watchdog


def device(folder: Path, **files: str) -> None:
    place = folder / "watchdog0"
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(f"{text}\n")


def test_a_machine_without_one_is_no_fault(tmp_path: Path) -> None:
    assert check_watchdog(tmp_path).state == "skipped"


def test_one_that_nobody_feeds_is_named(tmp_path: Path) -> None:
    device(tmp_path, identity="Broadcom BCM2835", state="inactive", timeout="15", bootstatus="0")
    check = check_watchdog(tmp_path)
    assert (check.state, "not in use" in check.found) == ("note", True)


@pytest.mark.parametrize(("status", "state"), [("0", "ok"), ("32", "note"), ("", "ok")])
def test_one_that_is_fed_says_whether_it_reset_the_machine(tmp_path: Path, status: str, state: str) -> None:
    device(tmp_path, identity="Broadcom BCM2835", state="active", timeout="14", bootstatus=status)
    check = check_watchdog(tmp_path)
    assert check.state == state
    assert "resets after 14 s" in check.found
