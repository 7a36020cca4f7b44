"""What every source of frames offers, and the two buffers that they share."""

from typing import Protocol

import numpy as np

from installation.frame import Frame, PictureSize, Pixels, edges


class Camera(Protocol):
    """A source of RGB frames of one size; used by one thread at a time.

    ``open`` may be called again after ``close``. All frames have the same shape ``(height, width, 3)``: as much as has
    that shape of the middle of what the source sees, scaled.
    """

    name: str
    """For people, such as ``webcam 0 (HD Pro C920)``; complete once the camera is open."""

    hung: bool
    """True once ``close`` had to leave behind a driver that does not return: this process cannot use it again."""

    def open(self) -> None:
        """Make the source ready.

        Raises:
            CameraMissing: there is nothing to open, and trying again soon won't change that.
            CameraError: it is there and does not work now.
        """
        ...

    def read(self) -> Frame:
        """Return the next frame; its pixels stay untouched until the next-but-one read.

        Raises:
            CameraTimeout: no frame came within the time allowed.
            EndOfStream: a clip that does not loop is over.
            CameraError: the source failed; close it and open it again.
        """
        ...

    def resize(self, size: PictureSize) -> None:
        """Give frames of another ``(height, width)`` from the next `read` on; the camera may be open or closed.

        Raises:
            CameraError: the source does not take it; close it and open it again.
        """
        ...

    def close(self) -> None:
        """Let go of the source: may be called twice, takes a bounded time, never raises."""
        ...


class Buffers:
    """Two pictures that take turns, so that reading allocates nothing."""

    def __init__(self, size: int | PictureSize) -> None:
        self.size = edges(size)
        """Height and width."""
        self._pictures = [np.zeros((*self.size, 3), np.uint8) for _ in range(2)]
        self._turn = 0

    def next(self) -> Pixels:
        """Return the buffer that was not returned last time; its old content is still in it."""
        self._turn ^= 1
        return self._pictures[self._turn]
