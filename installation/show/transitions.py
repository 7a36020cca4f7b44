"""Transitions over time: from one mix to another, and from one strength to another."""

from collections.abc import Mapping
from dataclasses import dataclass

NEGLIGIBLE = 1e-4
"""Weights below this are left out of a mix."""


@dataclass(frozen=True, slots=True)
class Morph:
    """From one mix to another in ``seconds``, beginning at ``since`` on the caller's clock.

    Weights are positive and sum to 1 at every moment.
    """

    start: Mapping[str, float]
    target: Mapping[str, float]
    since: float
    seconds: float

    @classmethod
    def still(cls, mix: Mapping[str, float]) -> "Morph":
        """A mix that stays as it is."""
        return cls(mix, mix, 0.0, 0.0)

    def at(self, now: float) -> Mapping[str, float]:
        """The mix at a moment, with ease-in and ease-out."""
        done = _done(self.since, self.seconds, now)
        if done >= 1.0:
            return self.target
        eased = done * done * (3.0 - 2.0 * done)
        names = (*self.start, *(name for name in self.target if name not in self.start))
        return normalized(
            {name: (1 - eased) * self.start.get(name, 0.0) + eased * self.target.get(name, 0.0) for name in names}
        )


@dataclass(frozen=True, slots=True)
class Slide:
    """From one strength to another in ``seconds``, beginning at ``since``.

    Ease-out only: a finger on a slider sends a new target every few frames, and with an ease-in at each of them the
    strength would hardly move.
    """

    start: float
    target: float
    since: float
    seconds: float

    @classmethod
    def still(cls, value: float) -> "Slide":
        """A strength that stays as it is."""
        return cls(value, value, 0.0, 0.0)

    def at(self, now: float) -> float:
        """The strength at a moment, between the two ends."""
        done = _done(self.since, self.seconds, now)
        if done >= 1.0:
            return self.target
        return self.target + (self.start - self.target) * (1.0 - done) ** 2


def normalized(weights: Mapping[str, float]) -> dict[str, float]:
    """The weights scaled to sum to 1, without negligible ones. All must be finite, at least one above 0."""
    # Divide by the largest first: a sum of huge weights would overflow.
    largest = max(weights.values())
    shares = {name: weight / largest for name, weight in weights.items()}
    total = sum(shares.values())
    kept = {name: share for name, share in shares.items() if share >= NEGLIGIBLE * total}
    rest = sum(kept.values())
    return {name: share / rest for name, share in kept.items()}


def _done(since: float, seconds: float, now: float) -> float:
    """Progress of a transition, 0…1."""
    return 1.0 if seconds <= 0 else min(1.0, max(0.0, (now - since) / seconds))
