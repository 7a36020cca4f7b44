"""Shows a person at a terminal the status that systemd would get, on one line that is overwritten."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

from installation.service.systemd import Notifier
from installation.text import printable

_CLEAR = "\r\x1b[K"


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
        if key == "STATUS":
            self._write(_CLEAR + printable(value))
        elif key == "STOPPING":
            self._write("\n")
        return True

    def _write(self, text: str) -> None:
        with suppress(OSError):  # a terminal that was closed must not stop the picture
            self._stream.write(text)
            self._stream.flush()
