"""A move from one mix and strength to another over time."""

from collections.abc import Mapping
from dataclasses import dataclass

NEGLIGIBLE = 1e-4
"""Weights below this are left out of a mix."""


@dataclass(frozen=True, slots=True)
class Blend:
    """A mix with its strength; weights are positive and sum to 1."""

    mix: Mapping[str, float]
    strength: float


@dataclass(frozen=True, slots=True)
class Morph:
    """From ``start`` to ``target`` in ``seconds``, beginning at ``since`` on the caller's clock."""

    start: Blend
    target: Blend
    since: float
    seconds: float

    def at(self, now: float) -> Blend:
        """The blend at a moment; eased, so that it neither starts nor stops with a jerk."""
        done = 1.0 if self.seconds <= 0 else min(1.0, max(0.0, (now - self.since) / self.seconds))
        if done >= 1.0:
            return self.target
        eased = done * done * (3.0 - 2.0 * done)
        names = (*self.start.mix, *(name for name in self.target.mix if name not in self.start.mix))
        weights = {
            name: (1 - eased) * self.start.mix.get(name, 0.0) + eased * self.target.mix.get(name, 0.0) for name in names
        }
        strength = (1 - eased) * self.start.strength + eased * self.target.strength
        return Blend(normalized(weights), strength)


def normalized(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights that sum to 1, without the negligible ones."""
    total = sum(weights.values())
    kept = {name: weight / total for name, weight in weights.items() if weight / total >= NEGLIGIBLE}
    rest = sum(kept.values())
    return {name: weight / rest for name, weight in kept.items()}
