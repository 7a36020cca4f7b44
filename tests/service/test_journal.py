"""The log: priorities, fields and lines that journalctl can find."""

import io
import logging
import sys
import types
from typing import Any

import pytest

from installation.service.journal import RECENT, LineFormatter, RecentLines, make_handler, priority, spread_fields


def record(message: str = "style changed", level: int = logging.INFO, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("installation.mirror.loop", level, __file__, 1, message, None, None)
    if fields:
        made.fields = fields
    return made


def test_lines_carry_name_message_and_fields() -> None:
    line = LineFormatter(prefixed=False).format(record(STYLE="great-wave", fps=30))
    assert line == "installation.mirror.loop: style changed STYLE=great-wave FPS=30"


def test_systemd_gets_a_priority_on_every_line() -> None:
    try:
        raise ValueError("broken")  # noqa: TRY301 - the traceback is what is wanted
    except ValueError:
        made = record(level=logging.ERROR)
        made.exc_info = sys.exc_info()
    lines = LineFormatter(prefixed=True).format(made).splitlines()
    assert len(lines) > 2
    assert all(line.startswith("<3>") for line in lines)


@pytest.mark.parametrize(("level", "number"), [(50, 2), (40, 3), (30, 4), (25, 6), (20, 6), (10, 7), (1, 7)])
def test_priorities(level: int, number: int) -> None:
    assert priority(level) == number


def test_fields_become_journal_fields() -> None:
    fields: dict[str, Any] = {"style": "scream", "frame-age": 0.1}
    made = record(**fields)
    assert spread_fields(made)
    assert (vars(made)["STYLE"], vars(made)["FRAME_AGE"]) == ("scream", "0.1")


def test_terminal_without_systemd() -> None:
    stream = io.StringIO()
    handler = make_handler("art-installation", {}, stream)
    handler.handle(record())
    assert stream.getvalue() == "installation.mirror.loop: style changed\n"


def test_the_journal_is_taken_where_systemd_python_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class JournalHandler(logging.Handler):
        def __init__(self, **fields: str) -> None:
            super().__init__()
            self.fields = fields

    journal: Any = types.ModuleType("systemd.journal")
    journal.JournalHandler = JournalHandler
    monkeypatch.setitem(sys.modules, "systemd", types.ModuleType("systemd"))
    monkeypatch.setitem(sys.modules, "systemd.journal", journal)
    handler = make_handler("art-installation", {"JOURNAL_STREAM": "8:1"})
    assert isinstance(handler, JournalHandler)
    assert handler.fields == {"SYSLOG_IDENTIFIER": "art-installation"}


def test_what_strangers_sent_is_one_printable_line() -> None:
    stream = io.StringIO()
    handler = make_handler("art-installation", {"JOURNAL_STREAM": "1:2"}, stream)
    try:
        raise ValueError("\x1b]0;gone\x07\n<0>forged")  # noqa: TRY301 - the traceback is what is wanted
    except ValueError:
        made = record("dropped: \x1b[2J\x9b31m \u202e\n<0>forged" + "x" * 10_000, STYLE="\x1b[1m")
        made.exc_info = sys.exc_info()
    handler.handle(made)
    lines = stream.getvalue().splitlines()
    assert all(line.startswith("<6>") for line in lines)
    assert all(line.isprintable() and len(line) < 1200 for line in lines)


def test_recent_lines_are_printable_and_few() -> None:
    recent = RecentLines()
    logger = logging.getLogger("tests.recent")
    logger.addHandler(recent)
    logger.setLevel(logging.INFO)
    for number in range(RECENT + 3):
        logger.info("line %d \x1b[31m%s", number, "x" * 5000)
    logger.debug("not this")
    logger.removeHandler(recent)
    lines = recent.lines()
    assert len(lines) == RECENT
    assert "line 52" in lines[-1]
    assert all("\x1b" not in line and len(line) < 1100 for line in lines)
