"""Finds the directions of strokes: along the edges of the photo, and along a smooth swirl where the photo is flat.

They come from the smoothed structure tensor (Kyprianidis & Döllner 2008, "Image Abstraction by Structure Adaptive
Filtering"). It is stored as vectors with doubled angles: opposite gradients then count as one direction, and vectors
can be averaged.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SIGMA: Final = 4.0
"""Standard deviation of the Gaussian that smooths the structure tensor, in positions."""
SWIRL: Final = 3e-4
"""Weight of the swirl against the squared Sobel gradient of luma (0…1): it shows on plain walls, not at edges."""
EDGE: Final = 0.10
"""Root-mean-square Sobel gradient of luma (0…1) at which strokes have half of their contrast."""
FAINTEST: Final = 0.05
"""Contrast of the strokes where the photo has most detail, as a share of their contrast on a plain wall."""
RENEWED: Final = 0.3
"""Weight of the newest frame in the average over time; small, so that sensor noise does not make strokes twitch."""


class Directions:
    """Finds the directions at ``rows × columns`` positions; allocates its buffers once.

    Args:
        shape: (rows, columns).
        steady: average over time, for the frames of a camera or clip.
        scale: factor for `SIGMA` and the size of the swirl, 0…1; below 1 for smaller pictures of the same scene.
        origin: (row, column) in the endless swirl of the first position, for a part of a larger picture.
    """

    def __init__(
        self, shape: tuple[int, int], *, steady: bool, scale: float = 1.0, origin: tuple[int, int] = (0, 0)
    ) -> None:
        self._steady, self._started = steady, False
        self.sigma = SIGMA * scale
        self._swirl_cosine, self._swirl_sine = _swirl(shape, origin, scale)
        self._tensor = np.zeros((*shape, 3), np.float32)
        self._new = np.zeros((*shape, 3), np.float32)
        self.room = np.ones(shape, np.float32)
        """Share (0…1) of their contrast that strokes keep: small where the photo has detail; `of` overwrites it."""
        self._x, self._y, self._angle, self._other = (np.zeros(shape, np.float32) for _ in range(4))
        self._one = np.ones(shape, np.float32)

    @property
    def last(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What `of` returned last."""
        return self._x, self._y

    @property
    def swirl(self) -> NDArray[np.float32]:
        """Doubled angles of the swirl at each position, in radians, float32 ``[rows, columns]``."""
        return np.asarray(np.arctan2(self._swirl_sine, self._swirl_cosine), np.float32)

    def of(self, luma: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return unit vectors (x, y) along the strokes, float32 ``[rows, columns]``, for uint8 luma of that shape.

        The next call overwrites them.
        """
        x, y, other = self._x, self._y, self._other
        cv2.Sobel(luma, cv2.CV_32F, 1, 0, dst=x, scale=1 / 255)
        cv2.Sobel(luma, cv2.CV_32F, 0, 1, dst=y, scale=1 / 255)
        cosine, sine, energy = (self._new[..., part] for part in range(3))
        np.multiply(x, x, out=cosine)
        np.multiply(y, y, out=other)
        np.add(cosine, other, out=energy)
        np.subtract(cosine, other, out=cosine)
        np.multiply(x, y, out=sine)
        np.multiply(sine, 2, out=sine)
        cv2.GaussianBlur(self._new, (0, 0), self.sigma, dst=self._new)
        if self._steady and self._started:
            cv2.accumulateWeighted(self._new, self._tensor, RENEWED)
        else:
            np.copyto(self._tensor, self._new)
            self._started = True
        np.add(self._tensor[..., 0], self._swirl_cosine, out=x)
        np.add(self._tensor[..., 1], self._swirl_sine, out=y)
        cv2.phase(x, y, angle=self._angle)
        # Half the doubled angle is the gradient's, across the stroke; 90° further is along the stroke.
        np.multiply(self._angle, 0.5, out=self._angle)
        np.add(self._angle, np.pi / 2, out=self._angle)
        cv2.polarToCart(self._one, self._angle, x, y)
        room = self.room
        np.multiply(self._tensor[..., 2], 1 / EDGE**2, out=room)
        np.add(room, 1.0, out=room)
        np.divide(1 - FAINTEST, room, out=room)
        np.add(room, FAINTEST, out=room)
        return x, y


def _swirl(
    shape: tuple[int, int], origin: tuple[int, int], scale: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A slowly changing field of directions: cosine and sine of the doubled angles, times `SWIRL`."""
    places = zip(shape[::-1], origin[::-1], strict=True)
    x, y = np.meshgrid(*((np.arange(edge) + start) / scale for edge, start in places))
    angle = 2.2 * np.sin(x / 31 + 0.7 * np.sin(y / 43)) + 1.9 * np.cos(y / 29 + 0.9 * np.sin(x / 53 + 1)) + 0.8
    return (SWIRL * np.cos(angle)).astype(np.float32), (SWIRL * np.sin(angle)).astype(np.float32)
