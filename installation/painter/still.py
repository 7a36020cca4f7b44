"""Paints single pictures of any shape: for photos, videos, contact sheets and checks, not for the frame path."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from installation.collection import Collection, paint_of
from installation.errors import RuntimeMissing
from installation.frame import Pixels
from installation.network.runtime import Choice, cpu_threads, runtimes
from installation.network.tflite import NetworkFile
from installation.painter.plain import ENOUGH, uncover
from installation.painter.prints import PrintPainter, Progress, padded
from installation.painter.stylizer import Stylizer

LARGEST: Final = 1024
"""Longest edge in pixels of a picture that is painted in one piece."""


class StillPainter:
    """Paints pictures one after another; pictures of one size share one open network.

    ``directed`` lays strokes along a picture's forms; ``moving`` lets them travel with what moves from one picture to
    the next.

    Raises:
        NetworkFileError: the network is missing or damaged.
        RuntimeMissing: no runtime is installed.
    """

    def __init__(self, collection: Collection, *, directed: bool = True, moving: bool = False) -> None:
        self._collection = collection
        self._directed, self._moving = directed, moving
        self._file = NetworkFile.load(collection.network_path)
        installed = runtimes()
        if not installed:
            raise RuntimeMissing("no runtime for the network is installed; install ai-edge-litert or tflite-runtime")
        # XNNPACK takes INT8 only; tflite-runtime gains nothing from more threads.
        first = installed[0]
        threads = min(2, cpu_threads()) if first.name == "litert" else 1
        self._choice = Choice(first.name, first.version, "int8", threads)
        self._stylizer: Stylizer | None = None
        self._vector: NDArray[np.float32] = np.empty_like(collection.photo.vector)

    def for_clip(self, *, moving: bool = True) -> "StillPainter":
        """A painter for the frames of one clip; unless ``moving``, strokes stay where they are."""
        return StillPainter(self._collection, directed=self._directed, moving=moving)

    def paint(
        self, photo: Image.Image, mix: Mapping[str, float], strength: float, progress: Progress = lambda *_: None
    ) -> Image.Image:
        """Paint an RGB photo in a mix at a strength; the result has its size.

        Photos with an edge of more than 1024 pixels are painted in tiles; ``progress`` is called after each.
        """
        if max(photo.size) > LARGEST:
            vector, paint = self._collection.vector(mix, strength), paint_of(mix, strength)
            large = PrintPainter(self._file, self._choice).paint(photo, vector, progress)
            return large if paint >= ENOUGH else Image.blend(photo, large, paint / ENOUGH)
        return Image.fromarray(self.paint_pixels(np.asarray(photo, np.uint8), mix, strength).copy())

    def paint_pixels(self, pixels: Pixels, mix: Mapping[str, float], strength: float) -> Pixels:
        """Paint an array with edges of at most 4096 in one piece; valid until the call after the next one."""
        height, width = pixels.shape[:2]
        # The network accepts multiples of 16 only; the added border is cut off again.
        whole = padded(pixels)
        picture = self._opened(*whole.shape[:2]).paint(whole, self._collection.vector(mix, strength, self._vector))
        uncover(picture, whole, paint_of(mix, strength))
        return picture[:height, :width]

    def _opened(self, height: int, width: int) -> Stylizer:
        if self._stylizer is None or (self._stylizer.height, self._stylizer.width) != (height, width):
            vector = self._collection[self._collection.names[0]].vector
            self._stylizer = Stylizer(
                self._file, self._choice, (height, width), vector, directed=self._directed, moving=self._moving
            )
        return self._stylizer


def fitting_size(width: float, height: float, longest: int, multiple: int = 1) -> tuple[int, int]:
    """(width, height) of the same aspect with the longest edge ``longest``, rounded to multiples of ``multiple``."""
    scale = longest / max(width, height)
    edges = [max(1, round(edge * scale / multiple)) * multiple for edge in (width, height)]
    return edges[0], edges[1]
