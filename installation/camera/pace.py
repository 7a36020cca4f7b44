"""Showing frames when they are due."""

import time
from collections.abc import Callable

LONGEST_WAIT = 1.0
"""Seconds; a longer gap between two frames (a gap in a recording, a clip that starts over) is not waited out."""


class Pace:
    """Turns time stamps of a recording into moments of now.

    Late frames are not waited for; once the recording is more than ``LONGEST_WAIT`` behind, it goes on from where it is
    rather than hurry.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._offset: float | None = None

    def restart(self) -> None:
        """Forget the past: the next frame is due at once."""
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
