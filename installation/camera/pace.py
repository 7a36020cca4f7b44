"""Releases the frames of a recording when they are due."""

import time
from collections.abc import Callable

LONGEST_WAIT = 1.0
"""Seconds; a longer gap between two frames (in the recording, or where a clip starts over) is skipped."""


class Pace:
    """Maps the time stamps of a recording to the present.

    A late frame is released at once. When the recording is more than ``LONGEST_WAIT`` late, it continues from there at
    its own speed instead of catching up.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._offset: float | None = None

    def restart(self) -> None:
        """Start anew: the next frame is due at once."""
        self._offset = None

    def lateness(self, stamp: float) -> float:
        """Return by how many seconds the frame with this time stamp is late; negative is early."""
        now = self._clock()
        if self._offset is None or abs(now - stamp - self._offset) > LONGEST_WAIT:
            self._offset = now - stamp
        return now - stamp - self._offset

    def wait(self, stamp: float) -> None:
        """Sleep until the frame with this time stamp (seconds) is due."""
        early = -self.lateness(stamp)
        if early > 0:
            self._sleep(early)
