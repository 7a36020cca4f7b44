"""Whether something moves in front of the camera. It keeps one tiny grey picture, overwritten at every look."""

from typing import Final

import cv2
import numpy as np

from installation.frame import Pixels

WIDTH: Final = 32
HEIGHT: Final = 18
"""Cells that a frame is averaged over: each has so many pixels that the noise of the sensor vanishes."""
LEAST_CHANGE: Final = 4.0
"""Levels, 0…255, by which the light of a cell must change beyond that of the median cell: a lamp changes all."""
LEAST_CELLS: Final = 6
"""Cells that must change: one percent of the picture."""


class MotionSensor:
    """Compares each frame with the one that it was given before."""

    def __init__(self) -> None:
        self._now, self._before = np.zeros((2, HEIGHT, WIDTH, 3), np.uint8)
        self._started = False

    def moved(self, frame: Pixels) -> bool:
        """Whether something moved since the frame before; False for the first. Takes less than a millisecond."""
        self._now, self._before = self._before, self._now
        cv2.resize(frame[::2], (WIDTH, HEIGHT), dst=self._now, interpolation=cv2.INTER_AREA)
        change = self._now.mean(axis=2) - self._before.mean(axis=2)
        change -= np.median(change)
        started, self._started = self._started, True
        return started and int((np.abs(change) > LEAST_CHANGE).sum()) >= LEAST_CELLS
