"""Compares a picture on the wall with the painting: sharpness, tonal range and fine detail.

It compares them at half the size of a full-HD screen, which is what a visitor sees from two metres away.
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
"""Fine detail is what a Gaussian blur of this σ removes, in pixels."""


@dataclass(frozen=True)
class WallFigures:
    """Ratios of a picture's figures to those of the painting; 1 means equal.

    ``sharpness`` compares the mean gradient of luma, ``tone`` its standard deviation, ``fine`` the standard deviation
    of its fine detail.
    """

    sharpness: float
    tone: float
    fine: float


def wall_figures(screen: Pixels, painting: Image.Image) -> WallFigures:
    """Compare a screen's picture, uint8 ``[height, width, 3]``, with the painting cropped and scaled to its size."""
    shown = _figures(np.asarray(cv2.resize(screen, LOOK, interpolation=cv2.INTER_AREA), np.uint8))
    wanted = _figures(np.asarray(ImageOps.fit(painting.convert("RGB"), LOOK, Image.Resampling.LANCZOS)))
    return WallFigures(*(shown / wanted).tolist())


def _figures(pixels: Pixels) -> NDArray[np.float64]:
    luma = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    across, down = np.diff(luma, axis=1)[:-1], np.diff(luma, axis=0)[:, :-1]
    fine = luma - cv2.GaussianBlur(luma, (0, 0), _FINE)
    return np.array([np.hypot(across, down).mean(), luma.std(), fine.std()])
