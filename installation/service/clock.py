"""Whether the clock can be trusted: a Pi has no battery-backed clock and starts with a past time."""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd creates this file when a time server has answered; it stays until the next boot."""
SANE_SINCE: Final = 1_760_000_000
"""October 2025, in seconds since 1970: a clock with an earlier time was never set."""
NEVER_SET: Final = "not set"
NOT_SYNCHRONISED: Final = "not synchronised"
LOOK_EVERY: Final = 10.0

logger = logging.getLogger(__name__)


def clock_problem(marker: Path = SYNCHRONISED, now: float | None = None) -> str:
    """Why the clock cannot be trusted, in words; empty when it can.

    Where systemd-timesyncd does not run, something else sets the clock (a container's host, chrony, a person), and any
    date after this software was written is accepted.
    """
    if (time.time() if now is None else now) < SANE_SINCE:
        return NEVER_SET
    return NOT_SYNCHRONISED if marker.parent.is_dir() and not marker.exists() else ""


class WallClock:
    """The local time, once it can be trusted. Checks every ten seconds until then; never waits."""

    def __init__(
        self, look: Callable[[], str] = clock_problem, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._look = look
        self._monotonic = monotonic
        self._looked_at: float | None = None
        self._problem = ""

    @property
    def problem(self) -> str:
        """Why the time cannot be trusted, in words; empty when it can."""
        now = self._monotonic()
        if self._looked_at is None or (self._problem and now - self._looked_at >= LOOK_EVERY):
            self._looked_at = now
            before, self._problem = self._problem, self._look()
            if self._problem and not before:
                logger.warning("the clock is %s: opening hours are not kept until a time server answers", self._problem)
            elif before and not self._problem:
                logger.info("the clock is set: opening hours are kept from now on")
        return self._problem

    def local(self) -> datetime | None:
        """The local time without a zone; None while it cannot be trusted."""
        return None if self.problem else datetime.now()  # noqa: DTZ005 - the gallery's wall clock
