"""How long to wait before the next attempt."""

import random


class Backoff:
    """Doubling ceilings, and a random moment below each.

    Chance is what keeps a museum's installations from coming back all in the same instant after the broker restarts.

    Args:
        first: the first ceiling, in seconds.
        last: the largest ceiling, in seconds.
        spread: part of a ceiling, 0…1, that chance takes off at most.
        draw: where chance comes from.
    """

    def __init__(
        self, first: float = 4.0, last: float = 10.0, spread: float = 0.9, draw: random.Random | None = None
    ) -> None:
        self._first = first
        self._last = last
        self._spread = spread
        self._draw = draw or random.Random()  # noqa: S311 - no secret
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait now; the ceiling of the wait after it is twice as high."""
        ceiling = min(self._last, self._first * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return self._below(ceiling)

    def longest(self) -> float:
        """Seconds to wait for what only a person mends; the ceilings of `next` stay as they are."""
        return self._below(self._last)

    def reset(self) -> None:
        """It went well: start small again."""
        self._failures = 0

    def _below(self, ceiling: float) -> float:
        return ceiling * (1.0 - self._spread * self._draw.random())
