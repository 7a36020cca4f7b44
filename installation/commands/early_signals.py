"""Signals that come while the mirror is being made.

SIGTERM and SIGINT are raised as exceptions wherever the start happens to be. A library may swallow such an exception
(a callback of the import system), or make another one of it (an extension module: ImportError). The end was asked for
all the same.
"""

import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

SECONDS: Final = 1.2
"""Seconds after the signal until the process is ended, whatever it does."""

logger = logging.getLogger(__name__)


class EarlySignals:
    """Sees to it that a signal to end ends the start. Enter it on the main thread.

    The handlers that it finds raise; they are called as before. ``end`` ends the process with a status.
    """

    def __init__(self, seconds: float = SECONDS, end: Callable[[int], object] = os._exit) -> None:
        self._seconds = seconds
        self._end = end
        self._asked: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        # A pipe, because a handler may take no lock: it may have interrupted the holder.
        self._reading, self._writing = os.pipe()
        self._thread = threading.Thread(target=self._wait, name="early signals", daemon=True)
        self._thread.start()
        for signum in (signal.SIGTERM, signal.SIGINT):
            if callable(handler := signal.getsignal(signum)):  # else it is ignored, as in the background of a shell
                self._before[signum] = handler
                signal.signal(signum, self._note)
        self._unraisable, sys.unraisablehook = sys.unraisablehook, self._ignored
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for signum, handler in self._before.items():
            signal.signal(signum, handler)
        sys.unraisablehook = self._unraisable
        os.close(self._writing)
        self._thread.join()
        os.close(self._reading)
        if error is None or isinstance(error, Exception):
            self.check()

    def check(self) -> None:
        """Raise what the signal's own handler raises, if one came and was lost."""
        if self._asked is not None:
            self._before[self._asked](self._asked, None)

    def _note(self, signum: int, frame: object) -> None:
        self._asked = signum
        os.write(self._writing, b"!")
        self._before[signum](signum, frame)

    def _wait(self) -> None:
        if os.read(self._reading, 1) and not select.select([self._reading], [], [], self._seconds)[0]:
            self._end(0)

    def _ignored(self, unraisable: "sys.UnraisableHookArgs") -> None:
        if issubclass(unraisable.exc_type, Exception):
            self._unraisable(unraisable)
        else:
            logger.debug("the signal's exception was lost in %r", unraisable.object)
