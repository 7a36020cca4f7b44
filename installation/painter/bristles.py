"""Computes the bristles: noise at half the picture's size, smeared along the directions of the strokes."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from installation.network.canvas import BRISTLES, DEVIATION, bristle_field
from installation.painter.smearing import Smeared, Smearing, shrunk

FINER: Final = 2
"""Bristles per stroke position, in each direction."""
REACH: Final = (1.5, 4.5, 13.5)
"""The ``reach`` of `Smearing`, in bristles. The three passes smear over 40 bristles, the length of a stroke or two."""


class Bristles:
    """Computes the bristles for pictures of one size; allocates its buffers once.

    Args:
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        inner: rows and columns of the strokes' positions within the picture.
        scale: factor by which the field is shrunk, 0…1, averaging neighbours.
        directed: smear the bristles along the directions; otherwise they are not smeared.
    """

    def __init__(self, height: int, width: int, inner: tuple[int, int], scale: float = 1.0, *, directed: bool) -> None:
        shape = inner[0] * FINER, inner[1] * FINER
        self._columns_rows = shape[::-1]
        self._field = shrunk(bristle_field().astype(np.float32), scale)
        self._x, self._y = np.meshgrid(*(np.arange(edge, dtype=np.float32) for edge in self._columns_rows))
        self._displacement = np.zeros((*shape, 2), np.float32)
        self._map_x, self._map_y, self._seen = (np.empty(shape, np.float32) for _ in range(3))
        self._doubled = [np.empty(inner, np.float32) for _ in range(2)]
        self._directions = [np.empty(shape, np.float32) for _ in range(2)]
        self._angle, self._one = np.empty(shape, np.float32), np.ones(shape, np.float32)
        self._scaled = np.empty((height // 2, width // 2), np.float32)
        self.values: NDArray[np.int8] = np.empty((height // 2, width // 2, BRISTLES), np.int8)
        """The network's input; each `lay` overwrites it."""
        self._smearing = Smearing(shape, [reach * scale for reach in REACH]) if directed else None
        self._gain = 1.0
        self.look_at(np.zeros((*inner, 2), np.float32))
        angle = np.full(shape, 0.6, np.float32)
        plain = self._smear(np.cos(angle), np.sin(angle))
        self._gain = DEVIATION / max(1.0, float(self._fitted(plain).std()))
        self._finish(plain)

    @property
    def smeared(self) -> Smeared:
        """What `lay` smears."""
        return Smeared(self._seen, np.array([self._gain], np.float32), self._smearing.reach if self._smearing else ())

    def look_at(self, displacement: NDArray[np.float32]) -> None:
        """Sample the field at each bristle plus its displacement.

        ``displacement`` is float32 ``[rows, columns, 2]``, (x, y), given at the stroke positions and in units of their
        spacing.
        """
        cv2.resize(displacement, self._columns_rows, dst=self._displacement, interpolation=cv2.INTER_LINEAR)
        cv2.scaleAdd(self._displacement[..., 0], FINER, self._x, self._map_x)
        cv2.scaleAdd(self._displacement[..., 1], FINER, self._y, self._map_y)
        cv2.remap(self._field, self._map_x, self._map_y, cv2.INTER_LINEAR, dst=self._seen, borderMode=cv2.BORDER_WRAP)

    def lay(self, x: NDArray[np.float32], y: NDArray[np.float32], room: NDArray[np.float32]) -> None:
        """Smear along unit vectors (x, y), given at the stroke positions within the picture; fill `values`.

        ``room`` is the share of their contrast that strokes keep, at the same positions. Bristles keep its square root:
        they are finer, and may lie where strokes would hide the photo's detail.
        """
        self._refine(x, y)
        hairs = self._smear(*self._directions)
        share = self._directions[0]
        cv2.resize(room, self._columns_rows, dst=share, interpolation=cv2.INTER_LINEAR)
        np.sqrt(share, out=share)
        self._finish(np.multiply(hairs, share, out=hairs))

    def lay_plain(self) -> None:
        """Fill `values` with the field as `look_at` sampled it, without smearing."""
        self._finish(self._seen)

    def _refine(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> None:
        """Interpolate directions from the stroke positions to the bristles.

        Opposite vectors mean the same direction, but their average is zero: average vectors with doubled angles.
        """
        cosine, sine = self._doubled
        cv2.multiply(x, x, dst=cosine)
        cv2.multiply(y, y, dst=sine)
        cv2.subtract(cosine, sine, dst=cosine)
        cv2.multiply(x, y, dst=sine, scale=2)
        fine_x, fine_y = self._directions
        cv2.resize(cosine, self._columns_rows, dst=fine_x, interpolation=cv2.INTER_LINEAR)
        cv2.resize(sine, self._columns_rows, dst=fine_y, interpolation=cv2.INTER_LINEAR)
        cv2.phase(fine_x, fine_y, angle=self._angle)
        np.multiply(self._angle, 0.5, out=self._angle)
        cv2.polarToCart(self._one, self._angle, fine_x, fine_y)

    def _smear(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._seen if self._smearing is None else self._smearing.along(self._seen, x, y)

    def _fitted(self, bristles: NDArray[np.float32]) -> NDArray[np.float32]:
        if bristles.shape == self._scaled.shape:
            np.copyto(self._scaled, bristles)
        else:
            cv2.resize(bristles, self._scaled.shape[::-1], dst=self._scaled, interpolation=cv2.INTER_LINEAR)
        return self._scaled

    def _finish(self, bristles: NDArray[np.float32]) -> None:
        scaled = self._fitted(bristles)
        np.multiply(scaled, self._gain, out=scaled)
        np.clip(scaled, -127, 127, out=scaled)
        np.rint(scaled, out=scaled)
        np.copyto(self.values[..., 0], scaled, casting="unsafe")
