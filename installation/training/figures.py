"""Holds all measurements of the report."""

from dataclasses import dataclass, field

from installation.network.bench import Bench
from installation.training.metrics import Quality, Steadiness
from installation.training.on_the_wall import WallMeasured
from installation.training.recipe import Recipe

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
PAINTING = (0.4, 0.6, 0.8, 1.0)
"""Strengths at which the report compares style against content."""


@dataclass
class Measured:
    """All measurements. Lists hold one row for each style; keys of dictionaries are names of painters unless stated.

    ``photos`` is the number of photos, ``bytes`` the size of our network file. ``fidelity`` is the SSIM between INT4
    and float32. ``curves`` are the SSIM to the photo at each of `STRENGTHS`. ``trade_off`` holds the mean over styles
    at each strength of `PAINTING`. ``mixes`` is the share of mixes that lie between their styles, 0…1. ``still`` maps
    the amount of the camera's filter to the difference of successive pictures in levels (0…255). ``speed`` maps the
    edge of the picture in pixels to its benchmark. ``peers`` maps each peer's network to its size in bytes.
    """

    recipe: Recipe
    photos: int
    bytes: int
    quality: dict[str, list[Quality]] = field(default_factory=dict)
    judged: dict[str, list[Quality]] = field(default_factory=dict)
    steadiness: dict[str, Steadiness] = field(default_factory=dict)
    fidelity: list[float] = field(default_factory=list)
    curves: list[list[float]] = field(default_factory=list)
    trade_off: dict[str, list[Quality]] = field(default_factory=dict)
    mixes: float = 0.0
    still: dict[float, float] = field(default_factory=dict)
    speed: dict[int, Bench] = field(default_factory=dict)
    peers: dict[str, int] = field(default_factory=dict)
    wall: WallMeasured | None = None
