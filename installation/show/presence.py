"""Whether somebody is there, and how many came: a word and a number, never a picture."""

import math
from typing import Final

LOOK_EVERY: Final = 0.25
"""Seconds between two looks."""
STAYS: Final = 12.0
"""Seconds that somebody who stands still counts as there."""


class Presence:
    """Pure logic on a clock that is given; ``visits`` counts how often somebody came while nobody was there."""

    def __init__(self) -> None:
        self.visits = 0
        self.present = False
        self._looked = -math.inf
        self._moved = -math.inf

    def due(self, now: float) -> bool:
        """Whether it is time for the next look."""
        return now - self._looked >= LOOK_EVERY

    def see(self, moved: bool, now: float) -> None:
        """Take a look's result. Somebody has come after two looks with motion: a flicker has one."""
        twice = moved and now - self._moved <= 3 * LOOK_EVERY
        self._looked = now
        if moved:
            self._moved = now
        if twice and not self.present:
            self.present = True
            self.visits += 1
        elif self.present and now - self._moved > STAYS:
            self.present = False
