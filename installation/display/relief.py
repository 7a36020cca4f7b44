"""A linen texture under the paint at the screen's own resolution, since the painted picture is smaller than the screen.

It is lit from the upper left and the same in every frame. It only darkens, so the picture is brightened by as much as
the brightest thread dims it.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from installation.display.geometry import Size

DEVIATION: Final = 0.06
"""Standard deviation of the shading at full strength (0…1)."""

_TILE: Final = 512
_THREADS: Final = 92
"""Threads in each direction of a tile, an even number: about 5½ pixels per thread at 1080 lines."""
_LINES: Final = 1080
_WANDER: Final = 0.9
"""Pixels by which threads deviate from a straight line."""
_GRAIN: Final = 0.6
"""Unevenness of the ground, relative to the weave."""
_BOUNDS: Final = (-2.5, 1.0)
"""Bounds of the shading in standard deviations: gaps between threads are deep, threads are flat."""
_SEED: Final = 20260101


class Relief:
    """The relief of a screen.

    Args:
        size: width and height in pixels.
        strength: above 0, up to 1.
    """

    def __init__(self, size: Size, strength: float) -> None:
        scale = max(1, round(min(size) / _LINES))
        light = 1 + DEVIATION * strength * np.clip(_weave(scale), *_BOUNDS)
        brightest = float(light.max())
        tile = np.rint(light / brightest * 255).astype(np.uint8)
        self.gain = brightest / float(light.mean())
        """Gain of the picture that keeps its brightness under the relief."""
        repeats = -(-size[1] // tile.shape[0]), -(-size[0] // tile.shape[1])
        self.light: NDArray[np.uint8] = np.ascontiguousarray(np.tile(tile, repeats)[: size[1], : size[0]])
        """Factor of each pixel of the screen in 255ths: uint8 ``[height, width]``."""


def _weave(scale: int) -> NDArray[np.float32]:
    """Shading of a tileable plain weave: float32 ``[512 · scale, 512 · scale]``, mean 0, standard deviation 1."""
    edge = _TILE * scale
    random = np.random.Generator(np.random.PCG64(_SEED))
    y, x = np.mgrid[0:edge, 0:edge].astype(np.float32)
    phase = np.pi * _THREADS / edge
    stray = _WANDER * scale
    across = (x + stray * _cloud(random, edge, 16 * scale)) * phase
    down = (y + stray * _cloud(random, edge, 16 * scale)) * phase
    warp, weft = np.abs(np.sin(across)), np.abs(np.sin(down))
    # Where the product is positive, the vertical thread is on top and bends down towards its ends.
    over = np.sin(across) * np.sin(down) > 0
    height = np.where(over, warp * (0.6 + 0.4 * weft), weft * (0.6 + 0.4 * warp))
    height = _blurred(height.astype(np.float32), 0.7 * scale)
    light = _unit(height - np.roll(height, (scale, scale), (0, 1))) + _GRAIN * _cloud(random, edge, 1.2 * scale)
    return _unit(light)


def _cloud(random: np.random.Generator, edge: int, sigma: float) -> NDArray[np.float32]:
    return _unit(_blurred(random.normal(0, 1, (edge, edge)).astype(np.float32), sigma))


def _blurred(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Blur with wrap-around, so that tiles join without a visible edge."""
    border = round(4 * sigma) + 1
    wrapped = cv2.copyMakeBorder(values, border, border, border, border, cv2.BORDER_WRAP)
    return np.asarray(cv2.GaussianBlur(wrapped, (0, 0), sigma), np.float32)[border:-border, border:-border]


def _unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = (values - values.mean()) / values.std()
    return scaled
