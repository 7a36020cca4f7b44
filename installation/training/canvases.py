"""Makes canvases for batches of photos with the same code that the mirror runs."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from installation.network.canvas import FIELD, CanvasLayout
from installation.painter.canvas import StrokeCanvas
from installation.training.losses import Warp
from installation.training.network import FOLD, CanvasBatch

Place = tuple[float, float]
"""The position of the field at which a canvas begins: (x, y)."""


@dataclass(frozen=True)
class DirectedCanvas(CanvasBatch):
    """The canvases of a batch, and ``directions`` [N, 2, rows, columns]: unit vectors (x, y) along the strokes."""

    directions: Tensor


class Canvases:
    """Lays canvases for square photos of one size; ``grain`` is that of `StrokeCanvas`, 1.0 at class 512."""

    def __init__(self, size: int, pad: int, grain: float = 1.0) -> None:
        layout = CanvasLayout(FOLD, 2 * pad, bristles=True)
        self._canvas = StrokeCanvas(size, size, layout, grain=grain)

    def lay(self, photos: Tensor, places: list[Place], warp: Warp | None = None) -> DirectedCanvas:
        """Lay canvases for photos [N, 3, size, size], each with the part of the field that begins at its place.

        ``warp`` is the motion that produced these photos; the field moves with it.
        """
        pixels = (photos.detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()
        laid = [self._lay(photo, place, warp) for photo, place in zip(pixels, places, strict=True)]
        strokes, bristles, directions = zip(*laid, strict=True)
        return DirectedCanvas(_batch(strokes), _batch(bristles), torch.stack(directions))

    def _lay(self, photo: NDArray[np.uint8], place: Place, warp: Warp | None) -> tuple[Tensor, Tensor, Tensor]:
        displacement = np.empty((*self._canvas.shape, 2), np.float32)
        displacement[...] = place
        if warp is not None:
            displacement += warp.displacement(self._canvas.shape, self._canvas.margins)
        self._canvas.look_at(displacement)
        canvas = self._canvas.lay(photo)
        if canvas.bristles is None:
            raise TypeError("the layout asks for bristles")
        directions = torch.from_numpy(np.stack(self._canvas.directions))
        return _unit(canvas.strokes), _unit(canvas.bristles), directions


def _unit(values: NDArray[np.int8]) -> Tensor:
    """A copy in the range 0…1, which the network takes."""
    return (torch.from_numpy(values).float() + 128) / 255


def _batch(parts: tuple[Tensor, ...]) -> Tensor:
    return torch.stack(parts).permute(0, 3, 1, 2).contiguous()


def random_places(count: int, random: torch.Generator) -> list[Place]:
    """Random places in the field, so that the network can't memorise one part of it."""
    return [(x, y) for x, y in (torch.rand(count, 2, generator=random) * FIELD).tolist()]


def canvas_for(photos: Tensor, pad: int) -> CanvasBatch:
    """Lay canvases for square photos [N, 3, S, S] as a mirror of that size does."""
    count, _, size, _ = photos.shape
    return Canvases(size, pad).lay(photos, [(0.0, 0.0)] * count)
