"""Paints one picture after another in buffers that are allocated once."""

import time

import numpy as np
from numpy.typing import NDArray

from installation.frame import Pixels
from installation.network.memory import allocated_bytes
from installation.network.probe import probe, probe_vectors
from installation.network.runtime import Choice, InferenceSession
from installation.network.sizes import check_size
from installation.network.tflite import NetworkFile
from installation.painter.canvas import StrokeCanvas


class Stylizer:
    """The network, opened and ready to paint pictures of one size.

    ``size`` is the edge of square pictures, or ``(height, width)``: multiples of 16 from 64 to 4096 pixels.
    ``vector`` is a style vector that suits the network, to check that it works; without one, plausible ones are
    tried.

    ``directed`` lays strokes along the photo's directions; ``moving`` lets them travel with what moves from one picture
    to the next, as frames of one camera or clip do.

    Raises:
        UsageError: the size is not allowed.
        RuntimeMissing: the runtime of ``choice`` is not installed.
        NetworkFileError: the runtime refuses the network, or the network is dead (paints the same whatever it sees).
    """

    def __init__(
        self,
        file: NetworkFile,
        choice: Choice,
        size: int | tuple[int, int],
        vector: NDArray[np.float32] | None = None,
        *,
        directed: bool = True,
        moving: bool = False,
    ) -> None:
        self.height, self.width = check_size(size)
        self.choice = choice
        self.vector_length = file.vector_length
        before = allocated_bytes()
        self._session = InferenceSession(file, choice, (self.height, self.width))
        self._pictures = [np.empty((self.height, self.width, 3), np.uint8) for _ in range(2)]
        probe(self._session, probe_vectors(file.vector_length, vector), *self._pictures)
        pictures = sum(picture.nbytes for picture in self._pictures)
        self._arena = max(0, allocated_bytes() - before - pictures)
        self._canvas = (
            StrokeCanvas(self.height, self.width, file.canvas, directed=directed, moving=moving)
            if file.canvas
            else None
        )
        self.canvas_seconds = 0.0
        """Seconds that the canvas of the last picture took."""

    @property
    def size(self) -> int:
        """The longer edge of the pictures, in pixels."""
        return max(self.height, self.width)

    @property
    def arena_bytes(self) -> int:
        """Memory that the runtime uses for this network: arena, XNNPACK's workspace and packed weights, the model.

        It is what the C library's allocator handed out while the network was opened and first run, without the
        pictures kept here. Without glibc it is the growth of the process's resident memory. Allocations by other
        threads in that time are included.
        """
        return self._arena

    def paint(self, pixels: Pixels, vector: NDArray[np.float32]) -> Pixels:
        """Paint ``pixels`` (uint8 ``[height, width, 3]``) in the style ``vector`` (float32 ``[K]``).

        The picture is one of two buffers used in turn: it is valid until the call after the next one.
        """
        picture = self._pictures[1]
        if self._canvas is not None:
            start = time.perf_counter()
            self._session.lay(self._canvas.lay(pixels))
            self.canvas_seconds = time.perf_counter() - start
        self._session.run(pixels, vector, picture)
        # Swap only after success, so that a failure leaves the last good picture intact.
        self._pictures.reverse()
        return picture
