"""Switches on one emulated device for all tests of this folder and keeps one line about each step for the summary."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from tests.e2e.fleet.ansible import tool
from tests.e2e.fleet.summary import OUTCOME, noting, write_lines, write_table

from .gallery import Gallery, opened
from .sheet import write_sheet

COMMANDS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "mcopy": "mtools",
    "mkfs.vfat": "dosfstools",
    "sfdisk": "fdisk",
    "mke2fs": "e2fsprogs",
    "ip": "iproute2",
    "ssh": "openssh-client",
}


def missing() -> str:
    """Why no machine can be emulated here; empty if it can."""
    if os.geteuid() != 0:
        return "emulating a machine needs root, for its network"
    absent = [package for command, package in COMMANDS.items() if shutil.which(command) is None]
    if absent:
        return f"not installed: apt install {' '.join(absent)}"
    return "" if tool() else "ansible-playbook is not installed (pip install ansible-core, in .venv-ansible)"


@pytest.fixture(scope="session")
def gallery() -> Iterator[Gallery]:
    reason = missing()
    if reason:
        pytest.skip(reason)
    with opened() as device:
        yield device
        if (sheet := os.environ.get("ART_MACHINE_SHEET")) and device.glasses:
            write_sheet(device.glasses, Path(sheet))


@pytest.fixture(autouse=True)
def note(request: pytest.FixtureRequest) -> Iterator[Callable[[str], None]]:
    """Adds words to this step's line in the summary."""
    yield from noting(request)


Report = Generator[None, pytest.TestReport, pytest.TestReport]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Report:
    report = yield
    if report.when == "call":
        item.stash[OUTCOME] = report.outcome
    if report.failed and isinstance(device := getattr(item, "funcargs", {}).get("gallery"), Gallery):
        log = device.machine.ssh(
            "journalctl --no-pager -n 200 -o short-precise | grep -v sudo | tail -n 40", check=False
        )
        report.sections.append(("journal", log))
        report.sections.append(("console", device.machine.console()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    write_lines(terminalreporter, config, "machine")
    if table := os.environ.get("ART_MACHINE_TABLE"):
        write_table(config, Path(table))
