"""Paints pictures of any size, for prints: tile by tile, with the statistics of the whole picture.

AdaIN normalises by the statistics of the picture that it paints. Tiles with statistics of their own would differ in
colour and contrast, and their borders would show. So the statistics of the whole picture are measured first, on a
thumbnail, and every tile is painted with them. A layer's correction depends on the layers before it, so a tile is
painted once for each layer, each time with one more layer corrected; the last result counts. Memory holds one tile, the
picture and the result.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from installation.frame import Pixels
from installation.network.canvas import CanvasLayout
from installation.network.layers import Statistics
from installation.network.runtime import Choice, InferenceSession
from installation.network.sizes import MIN_EDGE, MULTIPLE
from installation.network.tflite import NetworkFile
from installation.painter.canvas import StrokeCanvas

LARGEST: Final = 8192
"""Longest edge in pixels."""
MARGIN: Final = 128
"""Pixels around a tile that are painted and discarded: the network's receptive field."""
_FEATHER: Final = 32
"""Width in pixels of the blend between two tiles, which hides differences by rounding."""

Progress = Callable[[int, int], None]
"""Called with the number of tiles done and the number of all tiles."""


class PrintPainter:
    """Paints large photos; ``tile`` and ``thumbnail`` are the longest edges of these in pixels, multiples of 16."""

    def __init__(self, file: NetworkFile, choice: Choice, tile: int = 768, thumbnail: int = 512) -> None:
        self._file = file
        self._layers = file.layers()
        self._choice = choice
        self._tile, self._thumbnail = tile, thumbnail

    def paint(
        self, photo: Image.Image, vector: NDArray[np.float32], progress: Progress = lambda *_: None
    ) -> Image.Image:
        """Paint an RGB photo in a style vector; the result has its size."""
        whole = self._measure(photo, vector)
        pixels = padded(np.asarray(photo, np.uint8))
        height, width = pixels.shape[:2]
        edges = (min(self._tile, height), min(self._tile, width))
        session = InferenceSession(self._file, self._choice, edges, observed=True)
        layout = self._file.canvas or CanvasLayout()
        # The whole canvas at once, so that strokes continue from tile to tile.
        canvas = StrokeCanvas(height, width, layout).lay(pixels) if self._file.canvas else None
        painted = np.empty((*edges, 3), np.uint8)
        result = np.empty_like(pixels)
        places = [(top, left) for top in tile_starts(height, edges[0]) for left in tile_starts(width, edges[1])]
        for number, (top, left) in enumerate(places, 1):
            if canvas is not None:
                session.lay(layout.part(canvas, (top, left), edges))
            part = np.s_[top : top + edges[0], left : left + edges[1]]
            self._paint_tile(session, np.ascontiguousarray(pixels[part]), vector, whole, painted)
            _lay(result[part], painted, top > 0, left > 0)
            progress(number, len(places))
        return Image.fromarray(result[: photo.height, : photo.width].copy())

    def _measure(self, photo: Image.Image, vector: NDArray[np.float32]) -> list[Statistics]:
        """The statistics of the whole picture at each layer."""
        small = photo.copy()
        small.thumbnail((self._thumbnail, self._thumbnail), Image.Resampling.LANCZOS)
        pixels = padded(np.asarray(small, np.uint8))
        session = InferenceSession(self._file, self._choice, (pixels.shape[0], pixels.shape[1]), observed=True)
        if self._file.canvas:
            session.lay(StrokeCanvas(*session.size, self._file.canvas).lay(pixels))
        session.run(pixels, vector, np.empty_like(pixels))
        return [layer.statistics(session.value) for layer in self._layers]

    def _paint_tile(
        self,
        session: InferenceSession,
        pixels: Pixels,
        vector: NDArray[np.float32],
        whole: list[Statistics],
        out: Pixels,
    ) -> None:
        adapted = vector.copy()
        session.run(pixels, adapted, out)
        for layer, statistics in zip(self._layers, whole, strict=True):
            own = layer.statistics(session.value)
            adapted[layer.scale], adapted[layer.shift] = layer.borrowed(vector, own, statistics)
            session.run(pixels, adapted, out)


def padded(pixels: Pixels) -> Pixels:
    """The pixels, with right and lower border repeated up to a size that the network accepts."""
    more = [max(MIN_EDGE, -(-edge // MULTIPLE) * MULTIPLE) - edge for edge in pixels.shape[:2]]
    return np.ascontiguousarray(np.pad(pixels, ((0, more[0]), (0, more[1]), (0, 0)), mode="edge"))


def tile_starts(edge: int, tile: int) -> Iterator[int]:
    """Where tiles begin along an edge; each overlaps the one before by two margins at least."""
    if edge > tile:
        yield from range(0, edge - tile, tile - 2 * MARGIN)
    yield edge - tile


def _lay(below: Pixels, tile: Pixels, has_above: bool, has_left: bool) -> None:
    """Add a tile to the result, beginning in the middle of the overlap, with a narrow blend."""
    rows, columns = (_ramp(edge, wanted) for edge, wanted in zip(tile.shape[:2], (has_above, has_left), strict=True))
    weight = np.minimum(rows[:, None], columns[None, :])[..., None]
    new = weight == 1.0
    np.copyto(below, tile, where=new)
    mixed = (weight > 0.0) & ~new
    blend = np.rint(below * (1.0 - weight) + tile * weight).astype(np.uint8)
    np.copyto(below, blend, where=mixed)


def _ramp(edge: int, wanted: bool) -> NDArray[np.float32]:
    if not wanted:
        return np.ones(edge, np.float32)
    return np.clip((np.arange(edge, dtype=np.float32) - MARGIN + _FEATHER / 2) / _FEATHER, 0.0, 1.0)
