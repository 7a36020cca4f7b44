"""How long to wait before the next attempt."""

import random


class Backoff:
    """Doubling ceilings, and a random moment below each.

    Chance is what keeps a museum's installations from coming back all in the same instant after the broker restarts.
    """

    def __init__(self, first: float = 4.0, last: float = 10.0, draw: random.Random | None = None) -> None:
        self._first = first
        self._last = last
        self._draw = draw or random.Random()  # noqa: S311 - no secret
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait now."""
        ceiling = min(self._last, self._first * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return ceiling * self._draw.uniform(0.1, 1.0)

    def reset(self) -> None:
        """It went well: start small again."""
        self._failures = 0
