"""The field: fixed random values that the network hangs its strokes on, and how it wants them laid.

A canvas has two parts: the *strokes*, in the trunk's cells, and the *bristles*, fine values at half the picture's size
for the furrows that a brush's hairs leave in the paint.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FIELD: Final = 512
"""Edge of the whole field; larger canvases repeat it."""

CHANNELS: Final = 2
"""Random values a position: a coarse grain and a fine one."""

GRAINS: Final = (6, 3)
"""Width of the averaging window of each channel, in positions."""

DEVIATION: Final = 55.0
"""Standard deviation of the field, of 255."""

BRISTLES: Final = 1
"""Random values a bristle."""

SEED: Final = 20260101
_BRISTLE_SEED: Final = 20260102

MAX_MARGIN: Final = 64

UNEVEN: Final = 6
"""Positions that a canvas has more below and right than above and left, beyond the even share."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a network hangs its paint on.

    ``strokes`` are int8 of ``layout.shape(height, width)``. ``bristles`` are int8 of ``layout.bristle_shape(height,
    width)``, or None for a network that takes none.
    """

    strokes: NDArray[np.int8]
    bristles: NDArray[np.int8] | None = None


@dataclass(frozen=True, slots=True)
class CanvasLayout:
    """How large a network wants its canvas: one position for ``scale`` pixels each way, and ``margin`` more in all.

    ``bristles`` tells whether it takes bristles too.
    """

    scale: int = 4
    margin: int = 0
    bristles: bool = False

    @property
    def margins(self) -> tuple[int, int]:
        """Positions above and left, and below and right, where strided convolutions pad with zeros."""
        uneven = UNEVEN if self.margin // 2 > UNEVEN else 0
        return self.margin // 2 - uneven, self.margin - self.margin // 2 + uneven

    @classmethod
    def of(cls, edge: int, size: int) -> "CanvasLayout | None":
        """The layout that gives ``edge`` positions for ``size`` pixels; None when it is not one of those in use."""
        scale = 2 if edge >= size // 2 else 4
        margin = edge - size // scale
        return cls(scale, margin) if 0 <= margin <= MAX_MARGIN else None

    def shape(self, height: int, width: int) -> tuple[int, int, int]:
        """Shape of the canvas of a ``height × width`` picture."""
        return height // self.scale + self.margin, width // self.scale + self.margin, CHANNELS

    @staticmethod
    def bristle_shape(height: int, width: int) -> tuple[int, int, int]:
        """Shape of the bristles of a ``height × width`` picture."""
        return height // 2, width // 2, BRISTLES

    def part(self, canvas: Canvas, at: tuple[int, int], size: tuple[int, int]) -> Canvas:
        """Of a large picture's canvas, that of its part of ``size`` (height, width) at (top, left), in pixels."""
        rows, columns, _ = self.shape(*size)
        top, left = (place // self.scale for place in at)
        strokes = canvas.strokes[top : top + rows, left : left + columns]
        if canvas.bristles is None:
            return Canvas(strokes)
        rows, columns, _ = self.bristle_shape(*size)
        top, left = (place // 2 for place in at)
        return Canvas(strokes, canvas.bristles[top : top + rows, left : left + columns])


def plain_canvas(height: int, width: int, layout: CanvasLayout) -> Canvas:
    """The field as it lies, for a ``height × width`` picture.

    That is the field, less 128: as the network's convolutions take it.
    """
    rows, columns, _ = layout.shape(height, width)
    strokes = (field(rows, columns) ^ 0x80).view(np.int8)
    if not layout.bristles:
        return Canvas(strokes)
    return Canvas(strokes, bristle_field()[: height // 2, : width // 2, None])


def bristle_field() -> NDArray[np.int8]:
    """The whole field of bristles: int8 ``[2·FIELD, 2·FIELD]`` of raw noise, −127…127."""
    edge = 2 * FIELD
    raw = np.random.PCG64(_BRISTLE_SEED).random_raw(edge * edge // 8)
    return np.asarray(raw, dtype="<u8").view(np.int8).reshape(edge, edge).clip(min=-127)


def field(rows: int, columns: int, top: int = 0, left: int = 0) -> NDArray[np.uint8]:
    """A part of the one field: uint8 ``[rows, columns, 2]``; a smaller picture sees the same values as a larger one.

    It is PCG64's raw output, which numpy promises never to change, smoothed to the two grains and stretched to use the
    whole range.
    """
    raw = np.random.PCG64(SEED).random_raw(FIELD * FIELD * CHANNELS // 8)
    noise = np.asarray(raw, dtype="<u8").view(np.uint8).reshape(CHANNELS, FIELD, FIELD)
    whole = np.stack([_smooth(channel, width) for channel, width in zip(noise, GRAINS, strict=True)], -1)
    return np.ascontiguousarray(whole[(np.arange(rows)[:, None] + top) % FIELD, (np.arange(columns) + left) % FIELD])


def _smooth(noise: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Averaged over a wrapping window, twice in each direction, then stretched to the deviation of the field."""
    values = noise.astype(np.float64)
    for axis in (0, 1, 0, 1):
        values = sum((np.roll(values, shift, axis) for shift in range(width)), np.zeros_like(values)) / width
    values = (values - values.mean()) / values.std() * DEVIATION + 128.0
    clipped: NDArray[np.uint8] = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return clipped
