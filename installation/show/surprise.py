"""Surprises: mixes without end from the styles on offer, each named by its seed, so that it can be had again."""

import hashlib
import secrets
from collections.abc import Collection
from typing import Final

PLAIN: Final = "photo"
"""The plain mirror, which surprises nobody. Not taken from the collection: the hub's page has no numpy."""
SEEDS: Final = 1_000_000
"""Seeds are whole numbers from 0 to one less: short enough to be remembered."""
STYLES: Final = 3
"""Styles in a surprise. Mixes of many become alike; those of three keep the tonal range of their styles."""
FIRST: Final = (0.5, 0.7)
"""Share of the first style: it leads, so that a surprise is as far from the average of all as a painting is."""
SECOND: Final = (0.5, 0.8)
"""Share of the second in what the first leaves."""


def draw_seed() -> int:
    """A seed by chance."""
    return secrets.randbelow(SEEDS)


def paintings(names: Collection[str]) -> list[str]:
    """The names without the plain mirror, in their order; where there is nothing else, the plain mirror."""
    return [name for name in names if name != PLAIN] or list(names)


def surprise(seed: int, names: Collection[str]) -> dict[str, float]:
    """The mix of a seed: weights above 0 that sum to 1, the largest first.

    It is the same whatever the order of ``names``, and stays the same when a style that it does not use comes or goes,
    unless the newcomer belongs among its three.
    """
    chosen = sorted(paintings(names), key=lambda name: (_digest(f"{seed}/{name}"), name))[:STYLES]
    first = _between(*FIRST, _digest(f"{seed}/first"))
    second = (1.0 - first) * _between(*SECOND, _digest(f"{seed}/second"))
    shares = (first, second, 1.0 - first - second)[: len(chosen)]
    return {name: share / sum(shares) for name, share in zip(chosen, shares, strict=True)}


def _digest(text: str) -> int:
    """64 bits that depend on the text alone, on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _between(least: float, most: float, bits: int) -> float:
    return least + (most - least) * bits / 2**64
