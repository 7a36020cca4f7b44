"""Remembers starts that ended badly: after five in ten minutes the mirror begins in safe mode."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from installation.errors import OutputError
from installation.files import read_regular, whole_file

MOST_BAD_ENDS: Final = 5
SPAN: Final = 600.0
"""So many bad ends in so many seconds, and what was set is not tried again for now."""
_FILE: Final = "bad-ends.json"
_LARGEST: Final = 4096
_KEPT: Final = 32


def _since_boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Starts:
    """Notes each start in systemd's runtime folder, which lives until the next boot, and strikes it out at a good end.

    ``folder`` is ``$RUNTIME_DIRECTORY``; without it nothing is remembered. No call raises.
    """

    def __init__(self, folder: str | None, clock: Callable[[], float] = _since_boot) -> None:
        self._path = Path(folder) / _FILE if folder else None
        self._clock = clock

    def begin(self) -> str:
        """Note a start; returns why it should be in safe mode, in words, or nothing."""
        now = self._clock()
        bad = [moment for moment in self._read() if 0 <= now - moment <= SPAN]
        self._write([*bad[-_KEPT:], now])
        if len(bad) < MOST_BAD_ENDS:
            return ""
        return f"safe: it ended badly {len(bad)} times in {SPAN / 60:.0f} minutes; read its log, then restart it"

    def end(self) -> None:
        """Note a good end: the next start is an ordinary one, whatever came before."""
        self._write([])

    def _read(self) -> list[float]:
        if self._path is None:
            return []
        try:
            return msgspec.json.decode(read_regular(self._path, _LARGEST), type=list[float])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return []

    def _write(self, moments: list[float]) -> None:
        if self._path is not None:
            with contextlib.suppress(OutputError), whole_file(self._path) as temporary:
                temporary.write_bytes(msgspec.json.encode(moments))
