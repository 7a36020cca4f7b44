"""How a picture stands on the wall beside the painting: sharpness, tonal range and fine detail.

Both are looked at as a full-HD screen shows them, at half its size: what a visitor sees two metres away.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from installation.frame import Pixels

LOOK = (960, 540)
"""Width and height in pixels at which pictures are compared."""
_FINE = 1.5
"""Detail finer than a blur of this σ, in pixels."""


@dataclass(frozen=True)
class WallFigures:
    """Ratios of a picture's figures to the painting's; 1 is as much as there.

    ``sharpness`` is that of luma's mean gradient, ``tone`` of its deviation, ``fine`` of the deviation of its detail.
    """

    sharpness: float
    tone: float
    fine: float


def wall_figures(screen: Pixels, painting: Image.Image) -> WallFigures:
    """Compare what a screen shows (uint8 ``[height, width, 3]``) with the painting, fitted to the same size."""
    shown = _figures(np.asarray(cv2.resize(screen, LOOK, interpolation=cv2.INTER_AREA), np.uint8))
    wanted = _figures(np.asarray(ImageOps.fit(painting.convert("RGB"), LOOK, Image.Resampling.LANCZOS)))
    return WallFigures(*(shown / wanted).tolist())


def _figures(pixels: Pixels) -> NDArray[np.float64]:
    luma = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    across, down = np.diff(luma, axis=1)[:-1], np.diff(luma, axis=0)[:, :-1]
    fine = luma - cv2.GaussianBlur(luma, (0, 0), _FINE)
    return np.array([np.hypot(across, down).mean(), luma.std(), fine.std()])
