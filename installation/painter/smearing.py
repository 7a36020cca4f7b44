"""Smears values along directions: line integral convolution (Cabral & Leedom 1993) in passes of three samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def shrunk(field: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    """Shrink a random field to ``scale`` (0…1) times its size, by averaging neighbours."""
    if scale >= 1.0:
        return field
    return np.asarray(cv2.resize(field, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)


@dataclass(frozen=True)
class Smeared:
    """What a `Smearing` is given and what becomes of it: for who paints elsewhere with the same numbers.

    ``values`` is the field as sampled, float32 ``[rows, columns]`` with or without channels; ``gain`` is the factor
    for each channel after smearing; ``reach`` as in `Smearing`.
    """

    values: NDArray[np.float32]
    gain: NDArray[np.float32]
    reach: tuple[float, ...]


class Smearing:
    """Smears fields of one shape; allocates its buffers once.

    Args:
        shape: rows, columns and, if there are several values per position, their number.
        reach: for each pass, the distance of the two outer samples from the middle one, in positions.
    """

    def __init__(self, shape: tuple[int, ...], reach: Sequence[float]) -> None:
        self.reach = tuple(reach)
        rows, columns = shape[:2]
        self._x, self._y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
        self._map_x, self._map_y = np.empty_like(self._x), np.empty_like(self._x)
        self._smeared, self._total, self._sample = (np.empty(shape, np.float32) for _ in range(3))

    def along(self, values: NDArray[Any], x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
        """Smear ``values`` (float32) along unit vectors (x, y, float32 ``[rows, columns]``).

        The next call overwrites the result.
        """
        source = values
        for reach in self.reach:
            np.copyto(self._total, source)
            for step in (reach, -reach):
                cv2.scaleAdd(x, step, self._x, self._map_x)
                cv2.scaleAdd(y, step, self._y, self._map_y)
                cv2.remap(
                    source,
                    self._map_x,
                    self._map_y,
                    cv2.INTER_LINEAR,
                    dst=self._sample,
                    borderMode=cv2.BORDER_REFLECT_101,
                )
                cv2.add(self._total, self._sample, dst=self._total)
            np.multiply(self._total, 1 / 3, out=self._smeared)
            source = self._smeared
        return self._smeared
