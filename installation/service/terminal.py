"""Shows a person at a terminal the status that systemd would get, on one line that is overwritten."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

from installation.service.systemd import Notifier
from installation.text import printable

_CLEAR = "\r\x1b[K"
_NARROW = 80
"""Columns of a terminal that does not say how many it has."""


def fresh_line(stream: TextIO) -> str:
    """What to write first on ``stream``, so that a line does not begin in the middle of the status."""
    return _CLEAR if stream.isatty() else ""


def make_notifier(environment: Mapping[str, str] | None = None, stream: TextIO | None = None) -> Notifier:
    """A notifier for systemd where it expects notifications, else for the terminal on stderr, else for nobody."""
    environment = os.environ if environment is None else environment
    stream = sys.stderr if stream is None else stream
    if "NOTIFY_SOCKET" not in environment and stream.isatty():
        return Notifier({"NOTIFY_SOCKET": "terminal"}, send=TerminalSend(stream))
    return Notifier(environment)


class TerminalSend:
    """Shows each status on one line of ``stream``; ends the line when the daemon stops."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, state: str) -> bool:
        """Show a status; other notifications are ignored."""
        key, _, value = state.partition("=")
        if key == "STATUS":  # cut, because only one line of the screen is cleared
            self._write(_CLEAR + printable(value, self._columns() - 1))
        elif key == "STOPPING":
            self._write("\n")
        return True

    def _columns(self) -> int:
        try:
            return max(2, os.get_terminal_size(self._stream.fileno()).columns)
        except OSError:  # as of a stream without a file (`io.UnsupportedOperation`), too
            return _NARROW

    def _write(self, text: str) -> None:
        with suppress(OSError):  # a terminal that was closed must not stop the picture
            self._stream.write(text)
            self._stream.flush()
