"""Computes the canvas for a picture: the random field, displaced with the motion, smeared along the directions."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from installation.frame import Pixels
from installation.network.canvas import CHANNELS, DEVIATION, FIELD, Canvas, CanvasLayout, field
from installation.painter.bristles import Bristles
from installation.painter.directions import Directions
from installation.painter.motion import FieldMotion
from installation.painter.smearing import Smeared, Smearing, shrunk

REFERENCE: Final = 512
"""Edge in pixels: on the screen, strokes have the size that they have in a 512×512 picture, at every picture size."""
REACH: Final = (1.0, 3.0, 9.0)
"""The ``reach`` of `Smearing`, in positions of the field. The three passes smear over 27 positions."""
WATCHED: Final = 1.5
"""Spacing of the positions at which motion is estimated, relative to the spacing of those of `REFERENCE`."""
NARROWER: Final = 1.6
"""Exponent of the factor by which the field shrinks for small pictures, where interpolation makes marks wider."""
_TILE: Final = CanvasLayout()


@dataclass(frozen=True)
class _Grid:
    """A grid of field positions: ``inner`` (columns, rows) in the picture, ``margins`` (before, after) around it."""

    inner: tuple[int, int]
    margins: tuple[int, int]

    @classmethod
    def of(cls, height: int, width: int, layout: CanvasLayout, grain: float) -> "_Grid":
        columns, rows = (max(8, round(edge / layout.scale / grain)) for edge in (width, height))
        before, after = (round(margin / grain) for margin in layout.margins)
        return cls((columns, rows), (before, after))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, margins included."""
        return self.inner[1] + sum(self.margins), self.inner[0] + sum(self.margins)


class StrokeCanvas:
    """Computes the canvas for pictures of one size; allocates its buffers once.

    Args:
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        layout: the shape of the canvas that the network takes.
        directed: smear the field along the photo's directions; otherwise it is not smeared.
        moving: the pictures are consecutive frames; the field moves with what moves in them.
        grain: spacing of the field's positions, in positions of the canvas; None: so that strokes have the size of
            `REFERENCE`.
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
        # For a small picture, shrink the field instead: its grid never has more positions than the canvas.
        scale = min(1.0, grain)
        grid = _Grid.of(height, width, layout, max(1.0, grain))
        self._inner, self.margins, self.shape = grid.inner, grid.margins, grid.shape
        before, _ = self.margins
        self._x, self._y = np.meshgrid(*(np.arange(edge, dtype=np.float32) for edge in self.shape[::-1]))
        self._field = shrunk(field(FIELD, FIELD).astype(np.float32) - 128.0, scale**NARROWER)
        self._seen = np.empty((*self.shape, CHANNELS), np.float32)
        self._map_x, self._map_y = np.empty(self.shape, np.float32), np.empty(self.shape, np.float32)
        self._gray = np.empty((height, width), np.uint8)
        self._luma = np.empty(self._inner[::-1], np.uint8)
        self._padded = np.empty(self.shape, np.uint8)
        self._scaled = np.empty((rows, columns, CHANNELS), np.float32)
        self._strokes: NDArray[np.int8] = np.empty((rows, columns, CHANNELS), np.int8)
        self._within = np.s_[before : before + self._inner[1], before : before + self._inner[0]]
        self._directions = Directions(self.shape, steady=moving, scale=scale) if directed else None
        self._smearing = Smearing(self._seen.shape, [reach * scale for reach in REACH])
        # Motion is estimated on a grid that does not depend on the picture's size, and no finer than needed.
        watched = _Grid.of(height, width, layout, grain * WATCHED)
        self._motion = FieldMotion(watched.shape, watched.margins) if moving else None
        self._watched = [np.empty(watched.inner[::-1], np.uint8) for _ in range(2)]
        self._displacement = np.zeros((*self.shape, 2), np.float32)
        self._coarser = WATCHED * grain / max(1.0, grain)
        self._bristles = (
            Bristles(height, width, self._inner[::-1], scale, directed=directed) if layout.bristles else None
        )
        self.canvas = Canvas(self._strokes, self._bristles.values if self._bristles else None)
        """The network's input; each `lay` overwrites it."""
        self.look_at(self._displacement)
        self._gain = self._measured_gain() if directed else np.ones(CHANNELS, np.float32)
        if not directed:
            self._lay_plain()

    def lay(self, pixels: Pixels) -> Canvas:
        """Compute the canvas for a picture (uint8 ``[height, width, 3]``); return `canvas`."""
        if self._directions is None and self._motion is None:
            return self.canvas
        cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY, dst=self._gray)
        if self._motion is not None and self._motion.follow(self._watched_luma()):
            self.look_at(self._laid(self._motion.displacement))
        if self._directions is None:
            self._lay_plain()
        else:
            before, after = self.margins
            luma = self._luma
            cv2.resize(self._gray, self._inner, dst=luma, interpolation=cv2.INTER_AREA)
            cv2.copyMakeBorder(luma, before, after, before, after, cv2.BORDER_REPLICATE, dst=self._padded)
            x, y = self._directions.of(self._padded)
            strokes = self._smearing.along(self._seen, x, y)
            self._finish(np.multiply(strokes, self._directions.room[..., None], out=strokes))
            if self._bristles is not None:
                self._bristles.lay(x[self._within], y[self._within], self._directions.room[self._within])
        return self.canvas

    @property
    def directions(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Unit vectors (x, y) along the strokes of the last picture, at the field's positions within the picture.

        Raises:
            ValueError: this canvas has no directions.
        """
        if self._directions is None:
            raise ValueError("this canvas has no directions")
        x, y = self._directions.last
        return x[self._within], y[self._within]

    @property
    def tables(self) -> tuple[Directions, Smeared, Smeared | None]:
        """What `lay` computes with: the directions, what of the strokes it smears, and of the bristles.

        Raises:
            ValueError: this canvas has no directions.
        """
        if self._directions is None:
            raise ValueError("this canvas has no directions")
        strokes = Smeared(self._seen, self._gain, self._smearing.reach)
        return self._directions, strokes, self._bristles.smeared if self._bristles else None

    def _watched_luma(self) -> NDArray[np.uint8]:
        """The picture's luma for `FieldMotion`, which keeps it until the next picture: two buffers alternate."""
        self._watched.reverse()
        luma = self._watched[0]
        cv2.resize(self._gray, luma.shape[::-1], dst=luma, interpolation=cv2.INTER_AREA)
        return luma

    def _laid(self, displacement: NDArray[np.float32]) -> NDArray[np.float32]:
        """Resample a displacement from the grid on which motion is estimated to the grid of the field."""
        if displacement.shape == self._displacement.shape:
            return displacement
        laid = self._displacement
        cv2.resize(displacement, self.shape[::-1], dst=laid, interpolation=cv2.INTER_LINEAR)
        return np.multiply(laid, self._coarser, out=laid)

    def look_at(self, displacement: NDArray[np.float32]) -> None:
        """Sample the field at each position plus its displacement.

        ``displacement`` is float32 ``[rows, columns, 2]``, (x, y) in positions.
        """
        np.add(self._x, displacement[..., 0], out=self._map_x)
        np.add(self._y, displacement[..., 1], out=self._map_y)
        cv2.remap(self._field, self._map_x, self._map_y, cv2.INTER_LINEAR, dst=self._seen, borderMode=cv2.BORDER_WRAP)
        if self._bristles is not None:
            self._bristles.look_at(displacement[self._within])

    def _lay_plain(self) -> None:
        self._finish(self._seen)
        if self._bristles is not None:
            self._bristles.lay_plain()

    def _measured_gain(self) -> NDArray[np.float32]:
        """Factor for each channel that restores the field's standard deviation, which smearing reduces."""
        angle = np.full(self.shape, 0.6, np.float32)
        deviation = self._smearing.along(self._seen, np.cos(angle), np.sin(angle)).std((0, 1))
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
        np.copyto(self._strokes, scaled, casting="unsafe")
