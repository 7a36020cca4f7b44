"""One line about each step, at the end of a run."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

LINES = pytest.StashKey[list[str]]()
OUTCOME = pytest.StashKey[str]()


def noting(request: pytest.FixtureRequest) -> Iterator[Callable[[str], None]]:
    """The body of a fixture that adds words to this step's line."""
    words: list[str] = []
    start = time.monotonic()
    yield words.append
    report = request.node.stash.get(OUTCOME, "passed")
    name = request.node.name.removeprefix("test_").replace("_", " ")
    line = f"{report:7}{time.monotonic() - start:6.1f} s  {name}" + (f": {'; '.join(words)}" if words else "")
    request.config.stash.setdefault(LINES, []).append(line)


def write_lines(terminalreporter: pytest.TerminalReporter, config: pytest.Config, title: str) -> None:
    """Print the lines, if there are any."""
    lines = config.stash.get(LINES, [])
    if lines:
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)


def write_table(config: pytest.Config, target: Path) -> None:
    """Add the lines to a Markdown file, as the rows of its last table."""
    rows = [_row(line) for line in config.stash.get(LINES, [])]
    with target.open("a") as file:
        file.writelines(f"{row}\n" for row in rows)


def _row(line: str) -> str:
    what, _, words = line[17:].partition(": ")
    return f"| {what} | {line[:7].strip()} | {line[7:13].strip()} s | {words} |"
