"""The field: fixed random values that the network hangs its strokes on, and how it wants them laid."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FIELD: Final = 512
"""Edge of the whole field; larger canvases repeat it."""

CHANNELS: Final = 2
"""Random values a position: a coarse grain and a fine one."""

GRAINS: Final = (4, 2)
"""Width of the averaging window of each channel, in positions."""

DEVIATION: Final = 55.0
"""Standard deviation of the field, of 255."""

SEED: Final = 20260101

MAX_MARGIN: Final = 64

UNEVEN: Final = 6
"""Positions that a canvas has more below and right than above and left, beyond the even share."""


@dataclass(frozen=True, slots=True)
class CanvasLayout:
    """How large a network wants its canvas: one position for ``scale`` pixels each way, and ``margin`` more in all."""

    scale: int = 4
    margin: int = 0

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

    def part(self, canvas: NDArray[np.int8], at: tuple[int, int], size: tuple[int, int]) -> NDArray[np.int8]:
        """Of a large picture's canvas, that of its part of ``size`` (height, width) at (top, left), in pixels."""
        rows, columns, _ = self.shape(*size)
        top, left = (place // self.scale for place in at)
        return canvas[top : top + rows, left : left + columns]


def plain_canvas(height: int, width: int, layout: CanvasLayout) -> NDArray[np.int8]:
    """The field as it lies, for a ``height × width`` picture: int8 of ``layout.shape(height, width)``.

    That is the field, less 128: as the network's first convolution takes it.
    """
    rows, columns, _ = layout.shape(height, width)
    return (field(rows, columns) ^ 0x80).view(np.int8)


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
