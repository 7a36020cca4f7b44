"""Sends the daemon's log to the journal, with structured fields, or to the terminal.

``logger.info("style changed", extra={"fields": {"STYLE": "great-wave"}})`` becomes a journal entry that
``journalctl STYLE=great-wave`` finds, through systemd-python. Without it the line goes to standard error, with the
``<N>`` priority prefix where systemd reads that, so ``journalctl -p warning`` works either way.
"""

import logging
import os
import sys
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from installation.service.terminal import fresh_line
from installation.text import printable

LONGEST_LINE = 1000
RECENT = 50
SYSLOG = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7))


def configure(level: int = logging.INFO, identifier: str = "art-installation") -> logging.Handler:
    """Send every log record of this process to the journal or to standard error; returns the handler.

    Earlier handlers of the root logger are replaced, so calling it twice does not double the lines.
    """
    handler = make_handler(identifier)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    return handler


def make_handler(
    identifier: str, environment: Mapping[str, str] | None = None, stream: TextIO | None = None
) -> logging.Handler:
    """The handler for this environment: the journal under systemd with systemd-python, else ``stream`` (stderr)."""
    environment = os.environ if environment is None else environment
    under_systemd = "JOURNAL_STREAM" in environment
    handler: logging.Handler
    if under_systemd:
        try:
            from systemd.journal import JournalHandler  # optional, and absent on laptops
        except ImportError:
            pass
        else:
            handler = JournalHandler(SYSLOG_IDENTIFIER=identifier)
            handler.addFilter(make_printable)
            handler.addFilter(spread_fields)
            return handler
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(prefixed=under_systemd, start=fresh_line(stream)))
    handler.addFilter(make_printable)
    return handler


class RecentLines(logging.Handler):
    """Remembers the last lines of the log, for a technician who asks for them."""

    def __init__(self, level: int = logging.INFO) -> None:
        super().__init__(level)
        self._lines: deque[str] = deque(maxlen=RECENT)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember one line, printable and of bounded length."""
        at = datetime.fromtimestamp(record.created, UTC)
        text = printable(f"{record.levelname.lower()} {record.name}: {record.getMessage()}", LONGEST_LINE)
        self._lines.append(f"{at:%Y-%m-%d %H:%M:%S} {text}")

    def lines(self) -> list[str]:
        """The lines, the oldest first; times are UTC."""
        return list(self._lines)


def make_printable(record: logging.LogRecord) -> bool:
    """Make message and traceback printable: they may quote untrusted text."""
    record.msg, record.args = printable(record.getMessage(), LONGEST_LINE), None
    if record.exc_info and not record.exc_text:
        trace = logging.Formatter().formatException(record.exc_info)
        record.exc_text = "\n".join(printable(line, LONGEST_LINE) for line in trace.splitlines())
    return True


def spread_fields(record: logging.LogRecord) -> bool:
    """Put the record's ``fields`` on the record itself, where `JournalHandler` looks for journal fields."""
    for name, value in _fields(record).items():
        setattr(record, name, value)
    return True


class LineFormatter(logging.Formatter):
    """One line a record: ``name: message KEY=value``, behind systemd's ``<N>`` priority if ``prefixed``.

    ``start`` stands before it all, as a terminal needs it.
    """

    def __init__(self, prefixed: bool, start: str = "") -> None:
        super().__init__("%(name)s: %(message)s")
        self._prefixed = prefixed
        self._start = start

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback's own lines carry the same prefix, else systemd would log them as notices."""
        text = " ".join([super().format(record), *(f"{key}={value}" for key, value in _fields(record).items())])
        if not self._prefixed:
            return self._start + text
        prefix = f"<{priority(record.levelno)}>"
        return "\n".join(prefix + line for line in text.splitlines())


def priority(level: int) -> int:
    """The syslog priority, 2 (critical) to 7 (debug), of a `logging` level."""
    return next((number for bound, number in SYSLOG if level >= bound), 7)


def _fields(record: logging.LogRecord) -> dict[str, str]:
    # Journal field names are upper case, digits and underscores; anything else would be dropped silently.
    fields = getattr(record, "fields", None)
    if not isinstance(fields, Mapping):
        return {}
    return {str(name).upper().replace("-", "_"): printable(str(value)) for name, value in fields.items()}
