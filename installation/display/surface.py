"""Screens drawn by the CPU: an off-screen sheet, and the window of machines without a GPU."""

from typing import Final

import cv2
import numpy as np
import pygame
from numpy.typing import NDArray

from installation.display.geometry import Placing, Size, landed, upright
from installation.display.preparation import Preparation, method
from installation.display.relief import Relief
from installation.display.screen import TITLE, Label
from installation.errors import DisplayError
from installation.frame import Pixels
from installation.settings import DisplaySettings

_OPAQUE = 255
_BITS: Final = 32
_RED_LAST: Final = 0xFF0000
"""SDL's mask of red where blue is the first byte of a pixel, as on nearly every screen."""


class SheetScreen:
    """An off-screen sheet in memory; `grab` returns what is drawn on it.

    The picture is cropped, flipped and rotated while it is small, then scaled once, directly onto the sheet.
    """

    how = ", in memory"

    def __init__(self, size: Size, settings: DisplaySettings) -> None:
        self._settings = settings
        self._sheet = pygame.Surface(size, depth=_BITS)
        self._preparation = Preparation(
            mirror=settings.mirror, rotation=settings.rotation, sharpening=settings.sharpening
        )
        self._relief: pygame.Surface | None = None

    @property
    def size(self) -> Size:
        """The sheet's pixels."""
        return self._sheet.get_size()

    def clear(self) -> None:
        """Fill it with black."""
        self._canvas().fill((0, 0, 0))

    def picture(self, picture: Pixels, placing: Placing) -> None:
        """Scale the picture onto the sheet and apply the relief."""
        canvas = self._canvas()
        relief = self._current_relief(canvas)
        target = landed(placing.target, upright(canvas.get_size(), self._settings.rotation), self._settings.rotation)
        small = self._preparation.prepared(picture, placing.source, placing.enlargement)
        blue_first = canvas.get_masks()[0] == _RED_LAST
        small = self._preparation.recoloured(small, cv2.COLOR_RGB2BGRA if blue_first else cv2.COLOR_RGB2RGBA)
        x, y, width, height = target
        room = memory(canvas)[y : y + height, x : x + width]
        cv2.resize(small, (width, height), dst=room, interpolation=method(small, (width, height)))
        del room  # it locks the surface
        if relief is not None:
            canvas.blit(relief, (x, y), target, special_flags=pygame.BLEND_RGB_MULT)

    def label(self, drawn: pygame.Surface) -> Label:
        """Turn it."""
        return Label(drawn.get_size(), pygame.transform.rotate(drawn, -self._settings.rotation))

    def place(self, label: Label, at: tuple[int, int], opacity: float = 1.0) -> None:
        """Draw it on top."""
        rotation = self._settings.rotation
        if label.image.get_flags() & pygame.SRCALPHA:  # copy an opaque card instead of blending it: a tenth of the time
            label.image.set_alpha(round(_OPAQUE * opacity))
        left, top, _, _ = landed((*at, *label.size), upright(self.size, rotation), rotation)
        self._canvas().blit(label.image, (left, top))

    def present(self) -> None:
        """Nobody looks."""

    def grab(self) -> Pixels:
        """A copy of what was drawn."""
        return np.ascontiguousarray(pygame.surfarray.array3d(self._canvas()).swapaxes(0, 1))

    def close(self) -> None:
        """Nothing to close."""

    def _canvas(self) -> pygame.Surface:
        return self._sheet

    def _current_relief(self, canvas: pygame.Surface) -> pygame.Surface | None:
        """The relief at the canvas's size, turned as the visitor sees it; None where it is off."""
        if not self._settings.relief:
            return None
        if self._relief is None or self._relief.get_size() != canvas.get_size():
            rotation = self._settings.rotation
            relief = Relief(upright(canvas.get_size(), rotation), self._settings.relief)
            self._relief = pygame.Surface(canvas.get_size(), 0, canvas)
            pygame.surfarray.pixels3d(self._relief)[...] = np.rot90(relief.light, -rotation // 90).T[..., None]
            self._preparation.gain = relief.gain
        return self._relief


class SurfaceScreen(SheetScreen):
    """The one window of `pygame.display`, or the whole screen.

    Raises:
        SDL_ERROR: it does not open.
    """

    how = ", no GPU"

    def __init__(self, fullscreen: bool, settings: DisplaySettings) -> None:
        if fullscreen:
            pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
        else:
            pygame.display.set_mode((settings.width, settings.height), pygame.RESIZABLE)
        pygame.display.set_caption(TITLE)
        super().__init__((1, 1), settings)

    @property
    def size(self) -> Size:
        """The screen's pixels."""
        return _screen().get_size()

    def label(self, drawn: pygame.Surface) -> Label:
        """Rotate it, in the screen's own format."""
        label = super().label(drawn)
        transparent = drawn.get_flags() & pygame.SRCALPHA
        return Label(label.size, label.image.convert_alpha() if transparent else label.image.convert())

    def present(self) -> None:
        """Present it through the window system."""
        screen = _screen()
        canvas = self._canvas()
        if canvas is not screen:
            screen.blit(canvas, (0, 0))
        pygame.display.flip()

    def _canvas(self) -> pygame.Surface:
        """The surface to draw on: the screen's own, or a sheet of its size where it lacks four bytes per pixel."""
        screen = _screen()
        if screen.get_bitsize() == _BITS:
            return screen
        if self._sheet.get_size() != screen.get_size():
            self._sheet = pygame.Surface(screen.get_size(), depth=_BITS)
        return self._sheet


def memory(surface: pygame.Surface) -> NDArray[np.uint8]:
    """The surface's memory, uint8 ``[height, width, 4]``. The surface is locked until the array is released."""
    width, height = surface.get_size()
    return pygame.surfarray.pixels2d(surface).T.view(np.uint8).reshape(height, width, 4)


def _screen() -> pygame.Surface:
    """The window's surface.

    Raises:
        DisplayError: the window is gone.
    """
    screen: pygame.Surface | None = pygame.display.get_surface()
    if screen is None:
        raise DisplayError("the screen is gone; check its cable")
    return screen
