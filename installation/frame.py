"""The value that travels along the frame path."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""RGB picture, uint8, shape ``(height, width, 3)``, C-contiguous."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One captured picture.

    ``captured`` is ``time.monotonic()`` in seconds at the moment of capture; ``sequence`` counts up from 0 and never
    repeats within one opened camera.
    """

    pixels: Pixels
    captured: float
    sequence: int
