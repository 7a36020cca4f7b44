"""Counts changes between light and dark in many places at once, as WCAG 2.3.1 does: a flash is a pair of them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Mask = NDArray[np.bool_]

CHANGE: Final = 0.08
"""Smallest change of relative luminance (0…1) that counts. WCAG says 0.10; less is stricter, and covers rounding."""
SECOND: Final = 1.02
"""Seconds over which changes are counted; slightly more than one, for late frames."""
CHANGES: Final = 5
"""Most changes of one place in a second. Four flashes are eight; two are left for the holding card."""


class FlashCounter:
    """Follows an array of values 0…1 of ``shape``, one per frame, in arrays that are allocated once.

    A place that went up has changed again once it is `CHANGE` below the highest value since, and the other way round.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        # Multiplying by a sign handles up and down alike: each place's signed value rises.
        self._sign = np.ones(shape, np.float32)
        self._extreme = np.zeros(shape, np.float32)
        self._mirrored = np.empty(shape, np.float32)
        self._depth = np.empty(shape, np.float32)
        self._changed = np.empty(shape, np.bool_)
        self._times = np.full((CHANGES, *shape), -np.inf)
        self._spent = np.zeros(shape, np.bool_)
        # At first a place's direction is unknown, so both its lowest and its highest value count.
        self._new, self._some_new = np.ones(shape, np.bool_), True
        self._lowest = np.zeros(shape, np.float32)
        self._rising = np.empty(shape, np.bool_)

    def restart(self, values: Values) -> None:
        """Continue from other values, such as after a card; earlier changes still count."""
        self._sign.fill(1.0)
        np.copyto(self._extreme, values)
        np.copyto(self._lowest, values)
        self._new.fill(True)
        self._some_new = True

    def add(self, values: Values, now: float) -> None:
        """Count the changes that the values of this frame bring; ``now`` is seconds on a clock that never goes back."""
        self._compare(values)
        np.maximum(self._extreme, self._mirrored, out=self._extreme)
        if self._some_new:
            np.minimum(self._lowest, values, out=self._lowest)
        if not self._changed.any():
            return
        self._note(self._changed, now)
        if self._some_new:
            np.greater(self._changed, self._rising, out=self._rising)  # reverse the sign of falling places
            np.logical_and(self._new, ~self._changed, out=self._new)
            self._some_new = bool(self._new.any())
            np.copyto(self._changed, self._rising)
        np.negative(self._sign, out=self._sign, where=self._changed)
        np.multiply(self._sign, values, out=self._extreme, where=self._changed)

    def too_many(self, values: Values, now: float) -> Mask | None:
        """Mask of the places where these values make one change too many, None for none; valid until the next call."""
        self._compare(values)
        if not self._changed.any():
            return None
        np.greater(self._times[-1], now - SECOND, out=self._spent)
        return np.logical_and(self._spent, self._changed, out=self._spent)

    def charge(self, now: float) -> None:
        """Count one change everywhere: a card or black screen appeared or went."""
        self._changed.fill(True)
        self._note(self._changed, now)

    def _compare(self, values: Values) -> None:
        """Find the places where the values change direction."""
        np.multiply(self._sign, values, out=self._mirrored)
        np.subtract(self._extreme, self._mirrored, out=self._depth)
        np.greater_equal(self._depth, CHANGE, out=self._changed)
        if self._some_new:
            np.subtract(values, self._lowest, out=self._depth)
            np.greater_equal(self._depth, CHANGE, out=self._rising)
            np.logical_and(self._rising, self._new, out=self._rising)
            np.logical_or(self._changed, self._rising, out=self._changed)

    def _note(self, where: Mask, now: float) -> None:
        for later in range(CHANGES - 1, 0, -1):
            np.copyto(self._times[later], self._times[later - 1], where=where)
        np.copyto(self._times[0], now, where=where)
