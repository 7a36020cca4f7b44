"""Shared by all tests.

``--no-skips`` (or ``ART_CI=1``) turns a skip for want of a package or program into a failure: on a machine that is
meant to have everything, a silent skip would hide a missing install step.
"""

import contextlib
import os

import pytest

from tests.table import PASSED

with contextlib.suppress(ImportError):  # Home Assistant's environment has none
    import hypothesis

    # A busy machine is no failure.
    hypothesis.settings.register_profile(
        "busy", deadline=None, max_examples=40, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("busy")

MAY_SKIP = ["../shared", *filter(None, os.environ.get("ART_CI_MAY_SKIP", "").split(","))]
"""A skip whose reason holds one of these is honest: what is no part of the project, or is tested elsewhere."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a test that skips for want of a package fails")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--no-skips") or os.environ.get("ART_CI") == "1":
        config.pluginmanager.register(NoSkips())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


class NoSkips:
    """Fails what skips without an allowed reason."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item):
        report = yield
        reason = refused_reason(report)
        if reason and not hasattr(report, "wasxfail"):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} may not skip here: {reason}"
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        # A module that skips as a whole (importorskip) never gets to run a test.
        reason = refused_reason(report)
        if reason:
            self.refused.append(f"{report.nodeid}: {reason}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.refused and session.exitstatus in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter) -> None:
        for line in self.refused:
            terminalreporter.write_line(f"may not skip here: {line}", red=True)


def refused_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why it skipped, if that is no good reason; else nothing."""
    if not report.skipped or not isinstance(report.longrepr, tuple):
        return ""
    reason = str(report.longrepr[2])
    return "" if any(word in reason for word in MAY_SKIP) else reason
