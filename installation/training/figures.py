"""All figures of the report."""

from dataclasses import dataclass, field

from installation.network.bench import Bench
from installation.training.metrics import Quality, Steadiness
from installation.training.on_the_wall import WallMeasured
from installation.training.recipe import Recipe

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
PAINTING = (0.4, 0.6, 0.8, 1.0)
"""Strengths on the trade-off of style against content."""


@dataclass
class Measured:
    """Lists hold a row a style; dictionaries are keyed by the painter's name, or as said.

    ``fidelity`` is the SSIM of INT4 against float32; ``curves`` the SSIM to the photo at each of `STRENGTHS`;
    ``trade_off`` the mean over styles at each strength of `PAINTING`; ``still`` the difference of successive pictures
    by the filter's amount; ``speed`` is keyed by the picture's edge.
    """

    recipe: Recipe
    photos: int
    bytes: int
    quality: dict[str, list[Quality]] = field(default_factory=dict)
    steadiness: dict[str, Steadiness] = field(default_factory=dict)
    fidelity: list[float] = field(default_factory=list)
    curves: list[list[float]] = field(default_factory=list)
    trade_off: dict[str, list[Quality]] = field(default_factory=dict)
    mixes: float = 0.0
    still: dict[float, float] = field(default_factory=dict)
    speed: dict[int, Bench] = field(default_factory=dict)
    peers: dict[str, int] = field(default_factory=dict)
    wall: WallMeasured | None = None
