"""The canvas: a fixed random field that the network hangs its strokes on, so that they stay put."""

import numpy as np
from numpy.typing import NDArray

FIELD = 256
"""Edge of the whole field; larger canvases repeat it."""

CHANNELS = 2
"""Random values a position."""

SCALE = 4
"""Picture pixels a canvas position, in each direction."""

SEED = 20260101


def canvas(height: int, width: int) -> NDArray[np.uint8]:
    """The canvas of a ``height × width`` picture (multiples of 4): uint8 ``[height/4, width/4, 2]``.

    Always the top left of one field, so that a smaller picture sees the same values. The field comes from PCG64's raw
    output, which numpy promises never to change.
    """
    raw = np.random.PCG64(SEED).random_raw(FIELD * FIELD * CHANNELS // 8)
    field = np.asarray(raw, dtype="<u8").view(np.uint8).reshape(FIELD, FIELD, CHANNELS)
    rows = np.arange(height // SCALE) % FIELD
    columns = np.arange(width // SCALE) % FIELD
    return np.ascontiguousarray(field[rows[:, None], columns[None, :]])
