"""How long to wait before the next attempt."""

import random


class Backoff:
    """Exponential backoff with jitter.

    Jitter keeps a museum's installations from all reconnecting in the same instant after the broker restarts.

    Args:
        first: the longest first wait, in seconds.
        last: the longest wait of all, in seconds.
        spread: the share of a wait, 0…1, that jitter may take off.
        draw: the source of randomness.
    """

    def __init__(
        self, first: float = 4.0, last: float = 4.0, spread: float = 0.9, draw: random.Random | None = None
    ) -> None:
        self._first = first
        self._last = last
        self._spread = spread
        self._draw = draw or random.Random()  # noqa: S311 - no secret
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait now; the wait after it may be twice as long."""
        ceiling = min(self._last, self._first * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return self._below(ceiling)

    def longest(self) -> float:
        """Seconds to wait for what only a person can repair: near the longest wait. Does not affect `next`."""
        return self._below(self._last)

    def reset(self) -> None:
        """The attempt succeeded: begin with the first wait again."""
        self._failures = 0

    def _below(self, ceiling: float) -> float:
        return ceiling * (1.0 - self._spread * self._draw.random())
