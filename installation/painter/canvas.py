"""Lays the canvas: the field, moved along with what moves, smeared along the photo's directions.

The smearing is a line integral convolution (Cabral & Leedom 1993), computed in three passes of three samples each.
"""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from installation.frame import Pixels
from installation.network.canvas import CHANNELS, DEVIATION, FIELD, CanvasLayout, field
from installation.painter.directions import Directions
from installation.painter.motion import FieldMotion

REFERENCE: Final = 512
"""A stroke is as large on the wall as in a picture of 512×512 pixels, whatever the picture's size."""
REACH: Final = (1.0, 2.0, 4.0)
"""Distance of the outer two samples of each pass, in positions of the field: together a line of about 13."""
_TILE: Final = CanvasLayout()


class StrokeCanvas:
    """The canvas of pictures of one size; buffers are made once.

    Args:
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        layout: how the network wants its canvas.
        directed: lay the field along the photo's directions; else it lies as it is.
        moving: the pictures are frames of a clip; the field moves along with what moves in them.
        grain: size of a position of the field in positions of the canvas; by default that of `REFERENCE`.
    """

    def __init__(
        self,
        height: int,
        width: int,
        layout: CanvasLayout,
        *,
        directed: bool = True,
        moving: bool = False,
        grain: float | None = None,
    ) -> None:
        rows, columns, _ = layout.shape(height, width)
        grain = grain or math.sqrt(height * width) / REFERENCE * _TILE.scale / layout.scale
        self._inner = tuple(max(8, round(edge / layout.scale / grain)) for edge in (width, height))
        before, after = (round(margin / grain) for margin in layout.margins)
        self.margins = before, after
        """Positions of the field above and left of the picture, and below and right."""
        self.shape = self._inner[1] + before + after, self._inner[0] + before + after
        """Rows and columns of the field's positions, margins included."""
        self._x, self._y = np.meshgrid(*(np.arange(edge, dtype=np.float32) for edge in self.shape[::-1]))
        self._field = field(FIELD, FIELD).astype(np.float32) - 128.0
        self._seen = np.empty((*self.shape, CHANNELS), np.float32)
        self._smeared, self._total, self._sample = (np.empty_like(self._seen) for _ in range(3))
        self._map_x, self._map_y = np.empty(self.shape, np.float32), np.empty(self.shape, np.float32)
        self._gray = np.empty((height, width), np.uint8)
        self._lumas = [np.empty(self._inner[::-1], np.uint8) for _ in range(2)]
        self._padded = np.empty(self.shape, np.uint8)
        self._scaled = np.empty((rows, columns, CHANNELS), np.float32)
        self.values: NDArray[np.int8] = np.empty((rows, columns, CHANNELS), np.int8)
        """The canvas as the network takes it, int8 ``[rows, columns, 2]``; `lay` fills it anew."""
        self._directions = Directions(self.shape, steady=moving) if directed else None
        self._motion = FieldMotion(self.shape, self.margins) if moving else None
        self.look_at(np.zeros((*self.shape, 2), np.float32))
        self._gain = self._measured_gain() if directed else np.ones(CHANNELS, np.float32)
        if not directed:
            self._finish(self._seen)

    def lay(self, pixels: Pixels) -> NDArray[np.int8]:
        """The canvas for a picture (uint8 ``[height, width, 3]``): `values`."""
        if self._directions is None and self._motion is None:
            return self.values
        cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY, dst=self._gray)
        # FieldMotion keeps it until the next picture: two take turns.
        self._lumas.reverse()
        luma = self._lumas[0]
        cv2.resize(self._gray, self._inner, dst=luma, interpolation=cv2.INTER_AREA)
        if self._motion is not None and self._motion.follow(luma):
            self.look_at(self._motion.displacement)
        if self._directions is None:
            self._finish(self._seen)
        else:
            before, after = self.margins
            cv2.copyMakeBorder(luma, before, after, before, after, cv2.BORDER_REPLICATE, dst=self._padded)
            self._finish(self._smear(*self._directions.of(self._padded)))
        return self.values

    def look_at(self, displacement: NDArray[np.float32]) -> None:
        """Let each position look so far from itself into the field: float32 ``[rows, columns, 2]``, (x, y)."""
        np.add(self._x, displacement[..., 0], out=self._map_x)
        np.add(self._y, displacement[..., 1], out=self._map_y)
        cv2.remap(self._field, self._map_x, self._map_y, cv2.INTER_LINEAR, dst=self._seen, borderMode=cv2.BORDER_WRAP)

    def _smear(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
        source = self._seen
        for reach in REACH:
            np.copyto(self._total, source)
            for step in (reach, -reach):
                cv2.scaleAdd(x, step, self._x, self._map_x)
                cv2.scaleAdd(y, step, self._y, self._map_y)
                cv2.remap(
                    source,
                    self._map_x,
                    self._map_y,
                    cv2.INTER_LINEAR,
                    dst=self._sample,
                    borderMode=cv2.BORDER_REFLECT_101,
                )
                cv2.add(self._total, self._sample, dst=self._total)
            np.multiply(self._total, 1 / 3, out=self._smeared)
            source = self._smeared
        return source

    def _measured_gain(self) -> NDArray[np.float32]:
        """What brings each channel of a smeared field back to the field's deviation."""
        angle = np.full(self.shape, 0.6, np.float32)
        deviation = self._smear(np.cos(angle), np.sin(angle)).std((0, 1))
        gain: NDArray[np.float32] = (DEVIATION / deviation.clip(min=1.0)).astype(np.float32)
        return gain

    def _finish(self, positions: NDArray[np.float32]) -> None:
        scaled = self._scaled
        if positions.shape == scaled.shape:
            np.multiply(positions, self._gain, out=scaled)
        else:
            shrinks = positions.shape[0] > scaled.shape[0]
            method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            cv2.resize(positions, scaled.shape[1::-1], dst=scaled, interpolation=method)
            np.multiply(scaled, self._gain, out=scaled)
        np.clip(scaled, -128, 127, out=scaled)
        np.rint(scaled, out=scaled)
        np.copyto(self.values, scaled, casting="unsafe")
