"""Motion-adaptive noise filter: averages over time where the picture rests, and passes moving parts unchanged.

Integer arithmetic in buffers that are allocated once. Pictures are held in 128ths of a level, so that rounding does not
stop the recursive average; int16 is just wide enough (255 · 128 = 32,640).
"""

import numpy as np
from numpy.typing import NDArray

from installation.frame import PictureSize, Pixels, edges

BLOCK = 4
"""Edge in pixels of the blocks in which motion is detected: 48 values distinguish it from noise, one value cannot."""
_FRACTION = 7
_KEEP_STEPS = 16
_MOST_KEPT = 0.9
_LARGEST_CORRECTION = 15 << _FRACTION
"""The average changes a pixel by at most 15 levels, so motion that the mask misses does not smear."""
_NOISE_RANGE = (0.6, 8.0)
"""Bounds of the noise level (mean absolute difference, in levels), so that a pan does not count as noise."""
_QUIET_SHARE = 4
"""The noise level is measured on the quarter of the blocks that differ least."""
_MOTION_FROM, _MOTION_FULL = 1.4, 2.4
"""Multiples of the noise level at which a block begins to count as moving, and at which it fully does."""


class Denoiser:
    """Motion-adaptive recursive average for frames of one size; ``amount`` 0…1, where 0 returns frames unchanged.

    Each block of 4×4 pixels is compared with the average so far. At the noise level, which is
    measured all the time, the block is averaged; above it, the block passes. The mask is widened and smoothed, so that
    moving edges stay sharp.
    """

    def __init__(self, size: int | PictureSize, amount: float) -> None:
        height, width = self._size = edges(size)
        if any(edge <= 0 or edge % BLOCK for edge in (height, width)):
            raise ValueError(f"size {size} is not a multiple of {BLOCK}")
        if not 0 <= amount <= 1:
            raise ValueError(f"amount {amount} is not within 0…1")
        self._amount = amount
        # The frame difference of a resting picture falls to (1 − k) / √(1 + k): to a quarter at amount 0.6.
        self._keep = _MOST_KEPT * amount**0.5 * _KEEP_STEPS
        self._noise = 2.0
        self._started = False
        rows, columns = height // BLOCK, width // BLOCK
        self._picture = np.empty((rows, BLOCK, width * 3), np.int16)
        self._average = np.empty_like(self._picture)
        self._work = np.empty_like(self._picture)
        self._rows = np.empty((rows, columns, BLOCK * 3), np.int16)
        self._sums = np.empty((rows, columns), np.int16)
        self._difference = np.empty((rows, columns), np.float32)
        self._padded = np.empty((rows + 2, columns + 2), np.float32)
        self._column = np.empty((rows + 2, columns), np.float32)
        self._mask = np.empty((rows, columns), np.float32)
        self._kept = np.empty((rows, columns), np.int16)
        self._output = np.empty((height, width, 3), np.uint8)

    @property
    def noise(self) -> float:
        """The measured noise level: mean absolute difference from the average, in levels (0…255)."""
        return self._noise

    def resized(self, size: PictureSize) -> "Denoiser":
        """A filter of the same strength for frames of another size, with this one's noise level."""
        other = Denoiser(size, self._amount)
        other._noise = self._noise
        return other

    def apply(self, pixels: Pixels) -> Pixels:
        """Return the filtered frame ``(height, width, 3)``, in a buffer that the next call overwrites."""
        if self._keep == 0:
            return pixels
        picture, average, work = self._picture, self._average, self._work
        np.copyto(picture, pixels.reshape(picture.shape))
        np.left_shift(picture, _FRACTION, out=picture)
        if not self._started:
            np.copyto(average, picture)
            self._started = True
        np.subtract(picture, average, out=average)  # from here on: the frame's difference from the average
        np.abs(average, out=work)
        self._measure(work)
        self._learn()
        self._decide()
        np.clip(average, -_LARGEST_CORRECTION, _LARGEST_CORRECTION, out=average)
        for pixel in range(BLOCK * 3):
            np.copyto(self._rows[..., pixel], self._kept)
        np.multiply(average, self._rows.reshape(average.shape[0], 1, -1), out=average)
        np.right_shift(average, 4, out=average)  # 16 steps of keeping
        np.subtract(picture, average, out=average)  # the average again: the frame, moved towards it
        np.add(average, 1 << (_FRACTION - 1), out=work)
        np.right_shift(work, _FRACTION, out=work)
        np.copyto(self._output.reshape(work.shape), work, casting="unsafe")
        return self._output

    def _measure(self, distance: NDArray[np.int16]) -> None:
        """Mean of the distance in each block, in levels; overwrites ``distance``."""
        # Four rows are added in 16ths of a level, twelve columns and channels in 8ths: more would overflow int16.
        np.right_shift(distance, 3, out=distance)
        rows = self._rows.reshape(distance.shape[0], -1)
        np.add(distance[:, 0], distance[:, 1], out=rows)
        np.add(rows, distance[:, 2], out=rows)
        np.add(rows, distance[:, 3], out=rows)
        np.right_shift(rows, 3, out=rows)
        np.copyto(self._sums, self._rows[..., 0])
        for pixel in range(1, BLOCK * 3):
            np.add(self._sums, self._rows[..., pixel], out=self._sums)
        np.multiply(self._sums, 1 / (8 * BLOCK * 3), out=self._difference)

    def _learn(self) -> None:
        """Update the noise level: slowly up, because motion can look like noise, and faster down."""
        flat = self._mask.reshape(-1)
        np.copyto(self._mask, self._difference)
        quiet = flat.size // _QUIET_SHARE
        flat.partition(quiet)
        level = float(flat[quiet])
        self._noise += (level - self._noise) * (0.05 if level > self._noise else 0.2)
        self._noise = min(max(self._noise, _NOISE_RANGE[0]), _NOISE_RANGE[1])

    def _decide(self) -> None:
        """Turn the blocks' differences into the share of the average that each keeps, in sixteenths."""
        motion = self._difference
        np.subtract(motion, _MOTION_FROM * self._noise, out=motion)
        np.multiply(motion, 1 / ((_MOTION_FULL - _MOTION_FROM) * self._noise), out=motion)
        np.clip(motion, 0.0, 1.0, out=motion)
        # Include the neighbours of moving blocks: the maximum of 3×3, one direction after the other.
        self._spread(motion, np.maximum)
        # Then smooth the mask by the mean of 3×3.
        self._spread(motion, np.add)
        np.multiply(motion, -self._keep / 9, out=motion)
        np.add(motion, self._keep + 0.5, out=motion)
        np.copyto(self._kept, motion, casting="unsafe")

    def _spread(self, blocks: NDArray[np.float32], combine: np.ufunc) -> None:
        """Combine each block with its eight neighbours, in place; the border is repeated outwards."""
        padded, column = self._padded, self._column
        padded[1:-1, 1:-1] = blocks
        padded[0, 1:-1], padded[-1, 1:-1] = blocks[0], blocks[-1]
        padded[:, 0], padded[:, -1] = padded[:, 1], padded[:, -2]
        combine(padded[:, :-2], padded[:, 1:-1], out=column)
        combine(column, padded[:, 2:], out=column)
        combine(column[:-2], column[1:-1], out=blocks)
        combine(blocks, column[2:], out=blocks)
