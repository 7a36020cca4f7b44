"""The frame: one picture from a camera."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""RGB picture, uint8, shape ``(height, width, 3)``, C-contiguous."""

PictureSize = tuple[int, int]
"""Height and width of a picture in pixels, in that order, as in an array's shape."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One captured picture.

    ``captured`` is ``time.monotonic()`` in seconds at the moment of capture; ``sequence`` counts up from 0 and never
    repeats within one opened camera; ``scaling`` is how many seconds the CPU took to crop and scale it.
    """

    pixels: Pixels
    captured: float
    sequence: int
    scaling: float = 0.0


def edges(size: int | PictureSize) -> PictureSize:
    """``(height, width)``; a single number is the edge of a square."""
    return (size, size) if isinstance(size, int) else size
