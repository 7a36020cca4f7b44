"""The canvas: a fixed random field that the network hangs its strokes on, so that they stay put."""

import numpy as np
from numpy.typing import NDArray

FIELD = 512
"""Edge of the whole field; larger canvases repeat it."""

CHANNELS = 2
"""A coarse grain (about 24 pixels of the picture) and a fine one (about 8)."""

SEED = 20260101
_GRAIN = (9, 3)
"""Width of the averaging window of each channel, in canvas cells of two pixels."""


def canvas(height: int, width: int) -> NDArray[np.uint8]:
    """A canvas of ``height × width`` cells: uint8 ``[height, width, 2]``.

    Always the top left of one field, so that a smaller picture sees the same values. The field comes from PCG64's raw
    output, which numpy promises never to change, smoothed and stretched to use the whole range.
    """
    raw = np.random.PCG64(SEED).random_raw(FIELD * FIELD * CHANNELS // 8)
    noise = np.asarray(raw, dtype="<u8").view(np.uint8).reshape(CHANNELS, FIELD, FIELD)
    field = np.stack([_smooth(channel, width) for channel, width in zip(noise, _GRAIN, strict=True)], -1)
    rows, columns = np.arange(height) % FIELD, np.arange(width) % FIELD
    return np.ascontiguousarray(field[rows[:, None], columns[None, :]])


def _smooth(noise: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Averaged over a wrapping window, twice in each direction, then stretched to a deviation of 55."""
    values = noise.astype(np.float64)
    for axis in (0, 1, 0, 1):
        values = sum((np.roll(values, shift, axis) for shift in range(width)), np.zeros_like(values)) / width
    values = (values - values.mean()) / values.std() * 55.0 + 128.0
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
