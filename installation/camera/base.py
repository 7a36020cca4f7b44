"""The interface of all cameras, and the pair of buffers that most of them use."""

from typing import Protocol

import numpy as np

from installation.frame import Frame, PictureSize, Pixels, edges


class Camera(Protocol):
    """A source of RGB frames of one size; used by one thread at a time.

    ``open`` may be called again after ``close``. All frames have the same shape ``(height, width, 3)``: the largest
    part of that aspect from the middle of the source's picture, scaled.
    """

    name: str
    """For people, such as ``webcam 0 (HD Pro C920)``; complete once the camera is open."""

    @property
    def hung(self) -> bool:
        """True while a driver that ``close`` had to leave behind has not returned."""
        ...

    def open(self) -> None:
        """Make the source ready.

        Raises:
            CameraMissing: there is nothing to open; trying again soon does not help.
            CameraError: the source exists and does not work now.
        """
        ...

    def read(self) -> Frame:
        """Return the next frame; its pixels stay valid until the read after the next one.

        Raises:
            CameraTimeout: no frame came within the time allowed.
            EndOfStream: a clip that does not loop is over.
            CameraError: the source failed; close it and open it again.
        """
        ...

    def resize(self, size: PictureSize) -> None:
        """Give frames of another ``(height, width)`` from the next `read` on; the camera may be open or closed.

        Raises:
            CameraError: the source refuses the size; close it and open it again.
        """
        ...

    def close(self) -> None:
        """Release the source. May be called twice, takes a bounded time, never raises."""
        ...


class Buffers:
    """Two buffers used in turn, so that reading a frame allocates nothing."""

    def __init__(self, size: int | PictureSize) -> None:
        self.size = edges(size)
        """Height and width."""
        self._pictures = [np.zeros((*self.size, 3), np.uint8) for _ in range(2)]
        self._turn = 0

    def next(self) -> Pixels:
        """Return the buffer that was not returned last time, with its old content."""
        self._turn ^= 1
        return self._pictures[self._turn]
