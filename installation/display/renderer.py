"""The screen drawn by SDL's renderer: the GPU scales, flips and rotates."""

from typing import Any

import cv2
import numpy as np
import pygame
from pygame._sdl2.video import Renderer, Texture, Window

from installation.display.geometry import Placing, Rect, Size, landed, turned, upright
from installation.display.preparation import Preparation
from installation.display.relief import Relief
from installation.display.screen import SDL_ERROR, TITLE, Label
from installation.display.surface import memory
from installation.frame import Pixels
from installation.settings import DisplaySettings

ACCELERATED = 1
"""Ask for a GPU: SDL's renderer without one takes several times as long as `SurfaceScreen`."""
_OPAQUE = 255
_BITS = 32
"""Bits per pixel of a texture: alpha, red, green and blue, with blue in the first byte."""
_COPY = 0
"""SDL_BLENDMODE_NONE: replaces the pixels."""
_BLEND = 1
"""SDL_BLENDMODE_BLEND: by the alpha channel."""
_MODULATE = 4
"""SDL_BLENDMODE_MOD: multiplied."""
_ENLARGE_UP_TO = 420_000
"""Up to this many pixels the CPU first doubles a picture by cubic interpolation, a millisecond on a PC; then the GPU
scales it linearly, the best that SDL offers."""
_PROOF = (40, 160, 240)
"""Colour of the test picture, unlike any that an idle screen shows."""
_PROOF_TOLERANCE = 8
_WORTH = 1.5
"""Least scale to the screen's size at which doubling helps."""


class RendererScreen:
    """A window of its own, or the whole screen.

    Raises:
        SDL_ERROR: it does not open, or no GPU draws on it.
    """

    how = ""

    def __init__(self, fullscreen: bool, settings: DisplaySettings) -> None:
        self._settings = settings
        # Without a window manager, a fullscreen window keeps the size that it was created with.
        self._window: Any = (
            Window(TITLE, size=pygame.display.get_desktop_sizes()[0], fullscreen_desktop=True)
            if fullscreen
            else Window(TITLE, size=(settings.width, settings.height), resizable=True)
        )
        problem = ""
        try:
            self._renderer: Any = make_renderer(self._window)
            prove(self._renderer)
        except SDL_ERROR as error:
            problem = str(error)
        if problem:
            # Only here is everything released that the error held: the renderer must go before the window.
            self._renderer = None
            self._window.destroy()
            raise SDL_ERROR(problem)
        self._picture: Streamed | None = None
        self._preparation = Preparation(mirror=settings.mirror, sharpening=settings.sharpening)
        self._relief: tuple[Size, Any] | None = None

    @property
    def size(self) -> Size:
        """The window's pixels."""
        width, height = self._window.size
        return width, height

    def clear(self) -> None:
        """Fill it with black."""
        self._renderer.draw_color = (0, 0, 0, _OPAQUE)
        self._renderer.clear()

    def picture(self, picture: Pixels, placing: Placing) -> None:
        """Upload the picture to the GPU and draw it."""
        relief = self._current_relief()
        small = self._preparation.prepared(picture, placing.source, placing.enlargement)
        height, width = small.shape[:2]
        if placing.target[2] > _WORTH * width and width * height <= _ENLARGE_UP_TO:
            width, height = 2 * width, 2 * height
            small = self._preparation.enlarged(small, width, height)
        if self._picture is None or self._picture.size != (width, height):
            self._picture = Streamed(self._renderer, (width, height))
        self._draw(self._picture.updated(small), placing.target)
        if relief is not None:
            self._draw(relief, placing.target, pygame.Rect(placing.target))

    def label(self, drawn: pygame.Surface) -> Label:
        """Turn it and upload it to the GPU, which would turn it about its centre: half a pixel off, and blurred."""
        texture: Any = Texture.from_surface(self._renderer, pygame.transform.rotate(drawn, -self._settings.rotation))
        texture.blend_mode = _BLEND
        return Label(drawn.get_size(), texture)

    def place(self, label: Label, at: tuple[int, int], opacity: float = 1.0) -> None:
        """Draw it on top."""
        label.image.alpha = round(_OPAQUE * opacity)
        rotation = self._settings.rotation
        label.image.draw(None, pygame.Rect(landed((*at, *label.size), upright(self.size, rotation), rotation)))

    def present(self) -> None:
        """Present, synchronised with the screen."""
        self._renderer.present()

    def grab(self) -> Pixels:
        """Read it back from the GPU."""
        surface = self._renderer.to_surface()
        return np.ascontiguousarray(pygame.surfarray.array3d(surface).swapaxes(0, 1))

    def close(self) -> None:
        """Close the window after its textures and renderer: SDL crashes in the other order."""
        self._picture = self._relief = self._renderer = None
        self._window.destroy()

    def _current_relief(self) -> Any:
        """The relief's texture, as large as the upright screen; None where the relief is off."""
        if not self._settings.relief:
            return None
        canvas = upright(self.size, self._settings.rotation)
        if self._relief is None or self._relief[0] != canvas:
            relief = Relief(canvas, self._settings.relief)
            drawn = pygame.image.frombuffer(np.repeat(relief.light[..., None], 3, 2).tobytes(), canvas, "RGB")
            texture: Any = Texture.from_surface(self._renderer, drawn)
            texture.blend_mode = _MODULATE
            self._relief, self._preparation.gain = (canvas, texture), relief.gain
        return self._relief[1]

    def _draw(self, texture: Any, rect: Rect, source: pygame.Rect | None = None) -> None:
        rotation = self._settings.rotation
        target = pygame.Rect(turned(rect, upright(self.size, rotation), rotation))
        # Positional: the names of the two flips differ between pygame 2.1 and 2.6.
        texture.draw(source, target, rotation, None, False, False)


class Streamed:
    """A texture for pictures of one size, and the surface that uploads them."""

    def __init__(self, renderer: Any, size: Size) -> None:
        self.size = size
        # Both have one layout: pygame 2.1 (Debian 12) copies bytes without conversion.
        self._surface = pygame.Surface(size, pygame.SRCALPHA, _BITS)
        self._texture: Any = Texture(renderer, size, depth=_BITS, streaming=True)  # type: ignore[call-arg] # not in its stub
        self._texture.blend_mode = _COPY

    def updated(self, picture: Pixels) -> Any:
        """The texture with this picture in it."""
        cv2.cvtColor(picture, cv2.COLOR_RGB2BGRA, dst=memory(self._surface))
        self._texture.update(self._surface)
        return self._texture


def prove(renderer: Any) -> None:
    """Check that it really draws: an incompletely installed GPU library opens too, and everything stays black.

    Raises:
        SDL_ERROR: it does not draw.
    """
    drawn = pygame.Surface((8, 8), depth=32)
    drawn.fill(_PROOF)
    texture: Any = Texture.from_surface(renderer, drawn)
    renderer.draw_color = (0, 0, 0, _OPAQUE)
    renderer.clear()
    renderer.present()  # without a desktop nothing is drawn before the first flip
    renderer.clear()
    texture.draw(None, pygame.Rect(0, 0, 8, 8))
    seen = renderer.to_surface().get_at((4, 4))
    if any(abs(got - wanted) > _PROOF_TOLERANCE for got, wanted in zip(seen[:3], _PROOF, strict=True)):
        raise SDL_ERROR("the GPU opens and draws nothing; install libgles2, libegl1 and libgl1-mesa-dri")


def make_renderer(window: Any) -> Any:
    """The window's renderer, with vertical sync where possible."""
    try:
        return Renderer(window, accelerated=ACCELERATED, vsync=True)
    except SDL_ERROR:
        return Renderer(window, accelerated=ACCELERATED)
