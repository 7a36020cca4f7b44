"""What becomes of a photo or a clip. Here: it is painted as it is; `installation.offline.wall` shows it on a screen."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from PIL import Image

from installation.camera.photo import open_photo
from installation.errors import MediaError
from installation.offline.clip import ClipFrames, FittedFrames
from installation.painter.still import LARGEST, StillPainter, fitting_size

Progress = Callable[[int, int], None]
"""Hears how much is done, and how much there is (0: unknown)."""


class Rendering(Protocol):
    """Paints in one mix at one strength."""

    def photo(self, source: Path, progress: Progress) -> Image.Image:
        """Paint a photo.

        Raises:
            MediaError: it cannot be read.
        """
        ...

    def clip(self, source: Path, /) -> ClipFrames:
        """Make ready to paint the frames of a clip.

        Raises:
            MediaError: clips are not painted so.
        """
        ...


class FittedRendering:
    """Keeps the aspect of what it paints; the longest edge of the results is ``longest`` pixels."""

    def __init__(self, painter: StillPainter, mix: Mapping[str, float], strength: float, longest: int) -> None:
        self._painter, self._mix, self._strength, self._longest = painter, mix, strength, longest

    def photo(self, source: Path, progress: Progress) -> Image.Image:
        """Paint a photo, tile by tile if it is large."""
        # Opened at twice the size at most, so that reducing it to the right one is done well and costs little.
        photo = open_photo(source, 2 * self._longest)
        photo = photo.resize(fitting_size(*photo.size, self._longest), Image.Resampling.LANCZOS)
        return self._painter.paint(photo, self._mix, self._strength, progress)

    def clip(self, source: Path, /) -> ClipFrames:
        """Frames painted in one piece; their strokes travel with what moves."""
        if self._longest > LARGEST:
            raise MediaError(f"{source}: videos are painted with at most {LARGEST} pixels; choose a smaller --size")
        painter = self._painter.for_clip()
        return FittedFrames(self._longest, lambda pixels: painter.paint_pixels(pixels, self._mix, self._strength))
