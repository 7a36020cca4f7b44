"""Logs repeated faults: when they begin, once an hour while they last, and when they are over."""

import logging
import time
from collections.abc import Callable
from typing import Final

CALM: Final = 120.0
"""Seconds without a fault after which the trouble is over."""
REPEAT: Final = 3600.0
"""Seconds between two lines of one fault."""
MOST: Final = 8
"""Different faults that are logged until the trouble is over; further ones are only counted."""


class FaultLog:
    """One line for each new fault, then one an hour with a count. Used by one thread; pure logic on a given clock.

    Trouble lasts until there was no fault for two minutes: what fails at every other attempt is one trouble, not many.
    """

    def __init__(self, logger: logging.Logger, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._what = what
        self._clock = clock
        self._last: float | None = None
        self._count = 0
        self._logged: dict[str, float] = {}
        self._repeats: dict[str, int] = {}

    @property
    def troubled(self) -> bool:
        """Whether there was a fault within the last two minutes."""
        return self._last is not None and self._clock() - self._last < CALM

    def fault(self, message: str, error: BaseException | None = None) -> None:
        """Note a fault; with ``error``, a new one is logged with its traceback."""
        now = self._clock()
        if not self.troubled:
            self._forget()
        self._last = now
        self._count += 1
        logged_at = self._logged.get(message)
        if logged_at is None:
            if len(self._logged) < MOST:
                self._logged[message] = now
                self._logger.warning("%s", message, exc_info=error)
            return
        repeats = self._repeats[message] = self._repeats.get(message, 0) + 1
        if now - logged_at >= REPEAT:
            self._logged[message], self._repeats[message] = now, 0
            self._logger.warning("%s (%d times since the last line on it)", message, repeats)

    def fine(self) -> None:
        """Note a success; logs once that the trouble is over."""
        if self._last is not None and not self.troubled:
            self._logger.info("%s works again; faults: %d", self._what, self._count)
            self._forget()

    def _forget(self) -> None:
        self._last = None
        self._count = 0
        self._logged.clear()
        self._repeats.clear()
