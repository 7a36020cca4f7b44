"""Boots one fleet for all tests of this folder and keeps one line about each step for the summary."""

import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from .ansible import tool
from .fleet import Fleet, booted
from .summary import OUTCOME, noting, write_lines

COMMANDS = ("systemd-nspawn", "mmdebstrap", "ip", "ssh", "ssh-keygen", "mount")


def missing() -> str:
    """Why no fleet can be booted here; empty if it can."""
    if os.geteuid() != 0:
        return "booting machines needs root"
    if sys.version_info[:2] < (3, 11) or not Path("/sys/fs/cgroup").is_dir():
        return "needs Python 3.11 and cgroups"
    absent = [command for command in COMMANDS if shutil.which(command) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (apt install systemd-container mmdebstrap iproute2 openssh-client)"
    return "" if tool() else "ansible-playbook is not installed (pip install ansible-core, in .venv-ansible)"


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    reason = missing()
    if reason:
        pytest.skip(reason)
    with booted() as machines:
        yield machines


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
    if report.failed and isinstance(machines := getattr(item, "funcargs", {}).get("fleet"), Fleet):
        for host in (machines.hub, *machines.installations):
            log = (
                host.ssh(
                    "journalctl --no-pager -n 300 -o short-precise | grep -Ev ' (sshd|sudo|ansible)' | tail -n 30",
                    check=False,
                )
                if call.when == "call"
                else ""
            )
            report.sections.append((f"journal of {host.name}", log or host.console()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    write_lines(terminalreporter, config, "fleet")
