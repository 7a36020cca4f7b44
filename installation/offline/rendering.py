"""Renders a photo or a clip: here as a painting alone, in `installation.offline.wall` as a whole screen."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from PIL import Image

from installation.camera.photo import open_photo
from installation.errors import MediaError
from installation.offline.clip import ClipFrames, FittedFrames
from installation.painter.still import StillPainter, fitting_size

LARGEST_CLIP: Final = 3840
"""Longest edge in pixels of a painted clip: each frame is painted in one piece, with the statistics of the whole."""

Progress = Callable[[int, int], None]
"""Called with the number of steps done and the number of all steps (0: unknown)."""


class Rendering(Protocol):
    """Renders photos and clips with one mix of styles at one strength."""

    def photo(self, source: Path, progress: Progress) -> Image.Image:
        """Render a photo.

        Raises:
            MediaError: the photo cannot be read.
        """
        ...

    def clip(self, source: Path, /) -> ClipFrames:
        """Return the object that renders the frames of a clip.

        Raises:
            MediaError: this rendering cannot render clips.
        """
        ...


class FittedRendering:
    """Paints without cropping and keeps the aspect ratio; the results' longest edge has ``longest`` pixels."""

    def __init__(self, painter: StillPainter, mix: Mapping[str, float], strength: float, longest: int) -> None:
        self._painter, self._mix, self._strength, self._longest = painter, mix, strength, longest

    def photo(self, source: Path, progress: Progress) -> Image.Image:
        """Paint a photo; a large one is painted in tiles."""
        # Load it at no more than twice the final size: the filter then has enough pixels, and little work.
        photo = open_photo(source, 2 * self._longest)
        photo = photo.resize(fitting_size(*photo.size, self._longest), Image.Resampling.LANCZOS)
        return self._painter.paint(photo, self._mix, self._strength, progress)

    def clip(self, source: Path, /) -> ClipFrames:
        """Paint the frames of a clip, each in one piece; the strokes move with what moves in the clip."""
        if self._longest > LARGEST_CLIP:
            raise MediaError(
                f"{source}: videos are painted with at most {LARGEST_CLIP} pixels; choose a smaller --size"
            )
        painter = self._painter.for_clip()
        return FittedFrames(self._longest, lambda pixels: painter.paint_pixels(pixels, self._mix, self._strength))
