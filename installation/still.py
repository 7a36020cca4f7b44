"""Paints single pictures of any shape: for photos, contact sheets and checks, not for the frame path."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from installation.collection import Collection
from installation.errors import RuntimeMissing
from installation.frame import Pixels
from installation.network.runtime import Choice, cpu_threads, runtimes
from installation.network.stylizer import MAX_EDGE, MULTIPLE, Stylizer
from installation.network.tflite import NetworkFile

MIN_EDGE: Final = 64


class StillPainter:
    """Keeps one stylizer for each of the last few sizes; pictures of one size reuse it."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._file = NetworkFile.load(collection.network_path)
        installed = runtimes()
        if not installed:
            raise RuntimeMissing("no runtime for the network is installed; install ai-edge-litert or tflite-runtime")
        # XNNPACK takes INT8 only; tflite-runtime gains nothing from more threads.
        first = installed[0]
        threads = min(2, cpu_threads()) if first.name == "litert" else 1
        self._choice = Choice(first.name, first.version, "int8", threads)
        self._size = (0, 0)
        self._stylizer: Stylizer | None = None
        self._vector: NDArray[np.float32] = np.empty_like(collection.photo.vector)

    def paint(self, photo: Image.Image, mix: Mapping[str, float], strength: float) -> Image.Image:
        """Paint an RGB photo whose edges are multiples of 8 from 64 to 1024 pixels."""
        pixels = self.paint_pixels(np.ascontiguousarray(np.asarray(photo, np.uint8)), mix, strength)
        return Image.fromarray(pixels.copy())

    def paint_pixels(self, pixels: Pixels, mix: Mapping[str, float], strength: float) -> Pixels:
        """The same on an array; the result is valid until the next call but one."""
        size = (pixels.shape[0], pixels.shape[1])
        if self._stylizer is None or self._size != size:
            vector = self._collection[self._collection.names[0]].vector
            self._stylizer, self._size = Stylizer(self._file, self._choice, size, vector), size
        return self._stylizer.paint(pixels, self._collection.vector(mix, strength, self._vector))

    def dead_styles(self) -> list[str]:
        """Styles that paint the same whatever they see, a sentence each."""
        ramp = np.linspace(0, 255, 256, dtype=np.uint8)
        scene = np.ascontiguousarray(
            np.stack(
                [np.tile(ramp, (256, 1)), np.tile(ramp[:, None], (1, 256)), np.full((256, 256), 128, np.uint8)], -1
            )
        )
        sentences = []
        for name in self._collection.names:
            if self.paint_pixels(scene, {name: 1.0}, 1.0).std() < 2.0:
                sentences.append(f"{name}: paints one flat colour; restore its file or make it again")
        return sentences


def fitting_size(width: int, height: int, longest: int) -> tuple[int, int]:
    """(width, height) with the longest edge about ``longest``, the aspect kept, both edges fit for the network."""
    scale = longest / max(width, height)

    def edge(value: int) -> int:
        return min(MAX_EDGE, max(MIN_EDGE, round(value * scale / MULTIPLE) * MULTIPLE))

    return edge(width), edge(height)
