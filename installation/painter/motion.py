"""Moves the field with the motion in the picture, so that strokes follow the visitor.

This is coherent noise (Kass & Pesare 2011, "Coherent Noise for Non-Photorealistic Rendering"). The moved field is never
resampled again, which would blur it more with each frame. Instead, each position stores which place of the field it
shows, and a dense optical flow (DIS: Kroeger et al. 2016) moves these places. An area that a moving person uncovers
shows another place of the field, so there is paint everywhere. While nothing moves in the picture, nothing changes.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

STILL: Final = 0.15
"""Flow of less than this many positions per frame counts as noise."""
HEALING: Final = 0.03
"""Weight of the smoothed displacements in each frame with motion: strokes that motion has stretched recover slowly."""
NOISE: Final = 2.5
"""A difference between frames, averaged over a small window, counts as motion above this multiple of its median.

The median measures the noise, because most of a picture is at rest.
"""
_SIGMA: Final = 4.0
_WINDOW: Final = (5, 5)
_SMALL, _NEIGHBOURHOOD = np.ones((3, 3), np.uint8), np.ones((7, 7), np.uint8)


class FieldMotion:
    """Tracks the displacement of ``rows × columns`` positions; the picture covers all of them but the margins.

    Args:
        shape: (rows, columns), margins included.
        margins: number of positions above and to the left of the picture, and below and to the right.
    """

    def __init__(self, shape: tuple[int, int], margins: tuple[int, int]) -> None:
        self._margins = margins
        columns, rows = np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32)
        self._x, self._y = np.meshgrid(columns, rows)
        self._flow_finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        # The preset ends at a quarter of the size, where it finds too little motion; 1 is half the size.
        self._flow_finder.setFinestScale(1)
        inner = shape[0] - sum(margins), shape[1] - sum(margins)
        self._flow = np.zeros((*inner, 2), np.float32)
        self._padded, self._moved, self._smooth = (np.zeros((*shape, 2), np.float32) for _ in range(3))
        self._map_x, self._map_y = np.empty(shape, np.float32), np.empty(shape, np.float32)
        self._before: NDArray[np.uint8] | None = None
        self.displacement: NDArray[np.float32] = np.zeros((*shape, 2), np.float32)
        """How far from each position the place in the field is that it shows, (x, y) in positions."""

    def follow(self, luma: NDArray[np.uint8]) -> bool:
        """Take the next frame's luma (uint8, without margins); return whether `displacement` changed.

        The array must stay unchanged until the next call.
        """
        before, self._before = self._before, luma
        if before is None:
            return False
        # Flow from the new frame back to the previous one. The last flow is the initial estimate.
        self._flow_finder.calc(luma, before, self._flow)
        moving = self._moving(luma, before)
        if not moving.any():
            return False
        flow, moved, (above, below) = self._padded, self._moved, self._margins
        cv2.copyMakeBorder(self._flow * moving[..., None], above, below, above, below, cv2.BORDER_REPLICATE, dst=flow)
        np.add(self._x, flow[..., 0], out=self._map_x)
        np.add(self._y, flow[..., 1], out=self._map_y)
        cv2.remap(
            self.displacement, self._map_x, self._map_y, cv2.INTER_LINEAR, dst=moved, borderMode=cv2.BORDER_REPLICATE
        )
        np.add(moved, flow, out=moved)
        cv2.GaussianBlur(moved, (0, 0), _SIGMA, dst=self._smooth)
        cv2.addWeighted(moved, 1 - HEALING, self._smooth, HEALING, 0, dst=self.displacement)
        return True

    def _moving(self, luma: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """1 where the frames differ by more than noise and there is a flow, otherwise 0."""
        difference = cv2.blur(cv2.absdiff(luma, before), _WINDOW)
        beyond_noise = difference > NOISE * np.median(difference) + 1
        moving = (beyond_noise & (np.abs(self._flow).max(2) >= STILL)).astype(np.uint8)
        # Remove spots of a few positions, which are noise; widen the other areas.
        return np.asarray(cv2.dilate(cv2.erode(moving, _SMALL), _NEIGHBOURHOOD), np.uint8)
