"""The canvas: a fixed random field that the network hangs its strokes on, so that they stay put."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FIELD: Final = 256
"""Edge of the whole field; larger canvases repeat it."""

CHANNELS: Final = 2
"""Random values a position."""

SEED: Final = 20260101


@dataclass(frozen=True, slots=True)
class CanvasLayout:
    """How large a network wants its canvas: one position for ``scale`` pixels each way, and ``margin`` more in all."""

    scale: int = 4
    margin: int = 0

    @classmethod
    def of(cls, edge: int, size: int) -> "CanvasLayout | None":
        """The layout that gives ``edge`` positions for ``size`` pixels; None when it is not one of those in use."""
        scale = 2 if edge >= size // 2 else 4
        margin = edge - size // scale
        return cls(scale, margin) if 0 <= margin <= size // 8 else None

    def shape(self, height: int, width: int) -> tuple[int, int, int]:
        """Shape of the canvas of a ``height × width`` picture."""
        return height // self.scale + self.margin, width // self.scale + self.margin, CHANNELS


def canvas(height: int, width: int, layout: CanvasLayout = CanvasLayout()) -> NDArray[np.uint8]:
    """The canvas of a ``height × width`` picture (multiples of 8): uint8 of ``layout.shape(height, width)``."""
    rows, columns, _ = layout.shape(height, width)
    return field(rows, columns)


def field(rows: int, columns: int) -> NDArray[np.uint8]:
    """The top left of the one field: uint8 ``[rows, columns, 2]``; a smaller picture sees the same values.

    They are PCG64's raw output, which numpy promises never to change.
    """
    raw = np.random.PCG64(SEED).random_raw(FIELD * FIELD * CHANNELS // 8)
    whole = np.asarray(raw, dtype="<u8").view(np.uint8).reshape(FIELD, FIELD, CHANNELS)
    return np.ascontiguousarray(whole[np.arange(rows)[:, None] % FIELD, np.arange(columns) % FIELD])
