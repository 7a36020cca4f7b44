"""The field of fixed random values from which the network makes its strokes, and the shape of the canvas.

The *canvas* is an input of the network. It has two parts: the *strokes*, usually one position for 4 × 4 pixels, and the
*bristles*, fine values at half the picture's size, for the furrows that the hairs of a brush leave in the paint.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FIELD: Final = 512
"""Edge of the whole field, in positions; a larger canvas repeats it."""

CHANNELS: Final = 2
"""Random values per position: one of coarse grain and one of fine grain."""

GRAINS: Final = (3, 2)
"""Width of the averaging window of each channel, in positions."""

DEVIATION: Final = 55.0
"""Standard deviation of the field's values, which range over 0…255."""

BRISTLES: Final = 1
"""Random values per bristle."""

BRISTLE_GRAINS: Final = {3: 1.0, 2: 0.6}
"""Widths of averaging windows, in bristles, and the share of each in the field: broad furrows with finer ones in them.

A furrow as narrow as one bristle would show as a row of squares.
"""

SEED: Final = 20260101
_BRISTLE_SEED: Final = 20260102

MAX_MARGIN: Final = 64

UNEVEN: Final = 6
"""Positions that move from the margin above and left to that below and right, if half the margin has more."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """The values of the network's canvas input.

    ``strokes`` are int8 of shape ``layout.shape(height, width)``. ``bristles`` are int8 of shape
    ``layout.bristle_shape(height, width)``, or None for a network that takes none.
    """

    strokes: NDArray[np.int8]
    bristles: NDArray[np.int8] | None = None


@dataclass(frozen=True, slots=True)
class CanvasLayout:
    """The shape of the canvas that a network takes.

    In each direction the canvas has one position for ``scale`` pixels, and ``margin`` more on both sides together.
    ``bristles`` says whether the network also takes bristles.
    """

    scale: int = 4
    margin: int = 0
    bristles: bool = False

    @property
    def margins(self) -> tuple[int, int]:
        """Positions of the margin above and left, and below and right.

        There are more below and right, where the network's strided convolutions pad with zeros.
        """
        uneven = UNEVEN if self.margin // 2 > UNEVEN else 0
        return self.margin // 2 - uneven, self.margin - self.margin // 2 + uneven

    @classmethod
    def of(cls, edge: int, size: int) -> "CanvasLayout | None":
        """The layout that has ``edge`` positions for ``size`` pixels; None if no layout in use has."""
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
        """Cut the canvas of a part of a large picture out of the large picture's canvas.

        ``at`` is the part's (top, left), ``size`` its (height, width), both in pixels.
        """
        rows, columns, _ = self.shape(*size)
        top, left = (place // self.scale for place in at)
        strokes = canvas.strokes[top : top + rows, left : left + columns]
        if canvas.bristles is None:
            return Canvas(strokes)
        rows, columns, _ = self.bristle_shape(*size)
        top, left = (place // 2 for place in at)
        return Canvas(strokes, canvas.bristles[top : top + rows, left : left + columns])


def plain_canvas(height: int, width: int, layout: CanvasLayout) -> Canvas:
    """The canvas for a ``height × width`` picture with the field unchanged: not displaced, not smeared.

    The network takes the field's values less 128, as int8.
    """
    rows, columns, _ = layout.shape(height, width)
    strokes = (field(rows, columns) ^ 0x80).view(np.int8)
    if not layout.bristles:
        return Canvas(strokes)
    tall, wide = (np.arange(edge // 2) % (2 * FIELD) for edge in (height, width))  # it repeats in a larger picture
    return Canvas(strokes, bristle_field()[np.ix_(tall, wide)][..., None])


def bristle_field() -> NDArray[np.int8]:
    """The whole field of bristles: int8 ``[2·FIELD, 2·FIELD]``, −127…127, mean 0, standard deviation `DEVIATION`."""
    edge = 2 * FIELD
    raw = np.random.PCG64(_BRISTLE_SEED).random_raw(len(BRISTLE_GRAINS) * edge * edge // 8)
    noise = np.asarray(raw, dtype="<u8").view(np.uint8).reshape(len(BRISTLE_GRAINS), edge, edge)
    parts = zip(noise, BRISTLE_GRAINS.items(), strict=True)
    whole = sum((share * _averaged(plane, width) for plane, (width, share) in parts), np.zeros((edge, edge)))
    return _scaled(whole).clip(min=-127, max=127).astype(np.int8)


def field(rows: int, columns: int, top: int = 0, left: int = 0) -> NDArray[np.uint8]:
    """A part of the field from (top, left) on: uint8 ``[rows, columns, 2]``. The field is the same for every size.

    The values are the raw output of PCG64, which numpy promises never to change, smoothed to the two grains and then
    scaled to a mean of 128 and the standard deviation `DEVIATION`.
    """
    raw = np.random.PCG64(SEED).random_raw(FIELD * FIELD * CHANNELS // 8)
    noise = np.asarray(raw, dtype="<u8").view(np.uint8).reshape(CHANNELS, FIELD, FIELD)
    whole = np.stack([_smooth(channel, width) for channel, width in zip(noise, GRAINS, strict=True)], -1)
    return np.ascontiguousarray(whole[(np.arange(rows)[:, None] + top) % FIELD, (np.arange(columns) + left) % FIELD])


def _smooth(noise: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Average over ``width`` positions, then scale to a mean of 128 and to `DEVIATION`."""
    return (_scaled(_averaged(noise, width)) + 128.0).clip(0, 255).astype(np.uint8)


def _averaged(noise: NDArray[np.uint8], width: int) -> NDArray[np.float64]:
    """Average over ``width`` positions, twice in each direction, wrapping at the edges; then scale to deviation 1."""
    values = noise.astype(np.float64)
    for axis in (0, 1, 0, 1):
        values = sum((np.roll(values, shift, axis) for shift in range(width)), np.zeros_like(values)) / width
    unit: NDArray[np.float64] = (values - values.mean()) / values.std()
    return unit


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whole numbers of mean 0 and standard deviation `DEVIATION`."""
    scaled: NDArray[np.float64] = np.rint((values - values.mean()) / values.std() * DEVIATION)
    return scaled
