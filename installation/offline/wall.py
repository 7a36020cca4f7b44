"""Renders a photo or a clip as the mirror's screen would show it.

It uses the mirror's own code for crop, noise filter, canvas, scaling, relief and caption.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import av
import numpy as np
from PIL import Image

from installation.camera.photo import open_photo
from installation.camera.scaler import Scaler
from installation.camera.stills import cover
from installation.collection import Collection
from installation.display import make_sheet
from installation.display.base import Caption, View
from installation.display.caption import caption_of, presence, shares_of
from installation.display.geometry import Size, upright
from installation.display.words import usable_words
from installation.frame import Pixels
from installation.network.sizes import class_size
from installation.offline.rendering import Progress
from installation.painter.denoise import Denoiser
from installation.painter.still import StillPainter
from installation.settings import Settings


class WallRendering:
    """Renders the whole screen, upright, as a visitor sees it.

    Args:
        collection: the styles.
        settings: the mirror's settings; display, painter, camera and page are used.
        screen: width and height of the screen in pixels, before the rotation of ``settings.display``.
        cost_class: the cost class that sets the size of the painted picture.
        mix: weights of styles that sum to 1.
        strength: 0…1.
        caption: whether to show the caption.
    """

    def __init__(
        self,
        collection: Collection,
        settings: Settings,
        screen: Size,
        cost_class: int,
        mix: Mapping[str, float],
        strength: float,
        *,
        caption: bool = False,
    ) -> None:
        width, height = upright(screen, settings.display.rotation)
        self._screen = width, height
        self._picture = class_size(cost_class, width / height)
        self._sheet = make_sheet(*screen, settings.display)
        self._painter = StillPainter(collection, directed=settings.painter.directions)
        self._moving = settings.painter.motion
        self._denoise = settings.camera.denoise
        self._mix, self._strength = mix, strength
        self._caption = _caption(collection, mix, strength, settings) if caption else None

    def photo(self, source: Path, progress: Progress) -> Image.Image:
        """Render the screen with the photo, cropped around its centre to the picture's shape."""
        height, width = self._picture
        photo = open_photo(source, 2 * max(self._picture))
        seen = photo.resize((width, height), Image.Resampling.BILINEAR, box=cover(photo.size, width / height))
        painted = self._painter.paint_pixels(np.asarray(seen, np.uint8), self._mix, self._strength)
        progress(1, 1)
        return Image.fromarray(self._drawn(painted))

    def clip(self, _source: Path, /) -> "WallFrames":
        """Render the screen for each frame of a clip."""
        painter = self._painter.for_clip(moving=self._moving)
        denoiser = Denoiser(self._picture, self._denoise)

        def draw(pixels: Pixels) -> Pixels:
            return self._drawn(painter.paint_pixels(denoiser.apply(pixels), self._mix, self._strength))

        return WallFrames(self._picture, self._screen, draw)

    def _drawn(self, picture: Pixels) -> Pixels:
        return self._sheet.draw(View(picture=np.ascontiguousarray(picture), caption=self._caption))


class WallFrames:
    """Renders the frames of one clip; implements `installation.offline.clip.ClipFrames`."""

    def __init__(self, picture: tuple[int, int], screen: Size, draw: Callable[[Pixels], Pixels]) -> None:
        self._scaler = Scaler(picture)
        self._seen = np.empty((*picture, 3), np.uint8)
        self._screen = screen
        self._draw = draw
        self._aspect = 1.0

    def begin(self, _frame: av.VideoFrame, aspect: float, /) -> Size:
        """Return the screen's width and height, made even: video stores one colour value for 2 × 2 pixels."""
        self._aspect = aspect
        return self._screen[0] & ~1, self._screen[1] & ~1

    def paint(self, frame: av.VideoFrame) -> Pixels:
        """Render the screen with this frame."""
        self._scaler.scale(frame, self._seen, self._aspect)
        width, height = self._screen[0] & ~1, self._screen[1] & ~1
        return self._draw(self._seen)[:height, :width]


def _caption(collection: Collection, mix: Mapping[str, float], strength: float, settings: Settings) -> Caption | None:
    """The caption that the mirror would show; None where the paint is too faint for one."""
    there = presence(mix, strength)
    url = settings.page.url if settings.display.qr else ""
    if there == 0:
        return None
    words = usable_words(settings.display.language)
    return caption_of(shares_of(mix, strength), collection.__getitem__, words, url, there)
