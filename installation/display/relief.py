"""A faint linen under the paint, at the screen's own resolution: what is painted smaller than the screen gets a tooth.

Light falls on it from the upper left. It is the same in every frame and for every screen, and it only darkens: the
picture is brightened as much as the brightest thread would dim it.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from installation.display.geometry import Size

DEVIATION: Final = 0.06
"""Standard deviation of the light at full strength, of 1."""

_TILE: Final = 512
_THREADS: Final = 92
"""Threads each way in a tile, an even number: about 5½ pixels a thread at 1080 lines."""
_LINES: Final = 1080
_WANDER: Final = 0.9
"""Pixels that threads stray from a straight line."""
_GRAIN: Final = 0.6
"""Unevenness of the ground, beside the weave."""
_BOUNDS: Final = (-2.5, 1.0)
"""Of the light, in standard deviations: gaps between threads are deep, threads are flat."""
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
        """What a picture is multiplied by, so that it is as bright under the relief as without."""
        repeats = -(-size[1] // tile.shape[0]), -(-size[0] // tile.shape[1])
        self.light: NDArray[np.uint8] = np.ascontiguousarray(np.tile(tile, repeats)[: size[1], : size[0]])
        """What each pixel of the screen is multiplied by, in 255ths: uint8 ``[height, width]``."""


def _weave(scale: int) -> NDArray[np.float32]:
    """Light on a plain weave that repeats: float32 ``[512 · scale, 512 · scale]`` of mean 0 and deviation 1."""
    edge = _TILE * scale
    random = np.random.Generator(np.random.PCG64(_SEED))
    y, x = np.mgrid[0:edge, 0:edge].astype(np.float32)
    phase = np.pi * _THREADS / edge
    stray = _WANDER * scale
    across = (x + stray * _cloud(random, edge, 16 * scale)) * phase
    down = (y + stray * _cloud(random, edge, 16 * scale)) * phase
    warp, weft = np.abs(np.sin(across)), np.abs(np.sin(down))
    # Where the product is positive the upright thread lies on top, and bends down towards its ends.
    over = np.sin(across) * np.sin(down) > 0
    height = np.where(over, warp * (0.6 + 0.4 * weft), weft * (0.6 + 0.4 * warp))
    height = _blurred(height.astype(np.float32), 0.7 * scale)
    light = _unit(height - np.roll(height, (scale, scale), (0, 1))) + _GRAIN * _cloud(random, edge, 1.2 * scale)
    return _unit(light)


def _cloud(random: np.random.Generator, edge: int, sigma: float) -> NDArray[np.float32]:
    return _unit(_blurred(random.normal(0, 1, (edge, edge)).astype(np.float32), sigma))


def _blurred(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Blurred around the edges, so that tiles meet without a seam."""
    border = round(4 * sigma) + 1
    wrapped = cv2.copyMakeBorder(values, border, border, border, border, cv2.BORDER_WRAP)
    return np.asarray(cv2.GaussianBlur(wrapped, (0, 0), sigma), np.float32)[border:-border, border:-border]


def _unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = (values - values.mean()) / values.std()
    return scaled
