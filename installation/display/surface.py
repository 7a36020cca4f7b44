"""The screen drawn by the CPU: for machines without a GPU, and for a pygame without SDL's renderer."""

import numpy as np
import pygame

from installation.display.geometry import Placing, Size, landed, upright
from installation.display.screen import TITLE, Label
from installation.errors import DisplayError
from installation.frame import Pixels
from installation.settings import DisplaySettings

_OPAQUE = 255
_FEWEST_BITS = 24
"""`pygame.transform.smoothscale` draws on no screen with fewer bits a pixel."""


class SurfaceScreen:
    """The one window of `pygame.display`, or the whole screen.

    The picture is cut, flipped and turned while it is small, then scaled once, straight onto the screen.

    Raises:
        SDL_ERROR: it does not open.
    """

    how = ", no GPU"

    def __init__(self, fullscreen: bool, settings: DisplaySettings) -> None:
        self._settings = settings
        if fullscreen:
            pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
        else:
            pygame.display.set_mode((settings.width, settings.height), pygame.RESIZABLE)
        pygame.display.set_caption(TITLE)
        self._small: pygame.Surface | None = None
        self._sheet: pygame.Surface | None = None

    @property
    def size(self) -> Size:
        """The screen's pixels."""
        return _screen().get_size()

    def clear(self) -> None:
        """Make all of it black."""
        self._canvas().fill((0, 0, 0))

    def picture(self, picture: Pixels, placing: Placing) -> None:
        """Scale the picture onto the screen."""
        canvas, rotation = self._canvas(), self._settings.rotation
        x, y, width, height = placing.source
        seen = picture[y : y + height, x : x + width]
        if self._settings.mirror:
            seen = seen[:, ::-1]
        seen = np.rot90(seen, -rotation // 90)
        size = (seen.shape[1], seen.shape[0])
        if self._small is None or self._small.get_size() != size:
            self._small = pygame.Surface(size, 0, canvas)
        _write(self._small, seen)
        target = pygame.Rect(landed(placing.target, upright(self.size, rotation), rotation))
        pygame.transform.smoothscale(self._small, target.size, canvas.subsurface(target))

    def label(self, drawn: pygame.Surface) -> Label:
        """Turn it, in the screen's own format."""
        turned = pygame.transform.rotate(drawn, -self._settings.rotation)
        return Label(
            drawn.get_size(), turned.convert_alpha() if drawn.get_flags() & pygame.SRCALPHA else turned.convert()
        )

    def place(self, label: Label, at: tuple[int, int], opacity: float = 1.0) -> None:
        """Draw it over the rest."""
        rotation = self._settings.rotation
        if label.image.get_flags() & pygame.SRCALPHA:  # an opaque card is copied, not blended: a tenth of the time
            label.image.set_alpha(round(_OPAQUE * opacity))
        left, top, _, _ = landed((*at, *label.size), upright(self.size, rotation), rotation)
        self._canvas().blit(label.image, (left, top))

    def present(self) -> None:
        """Hand it to the window system."""
        screen = _screen()
        canvas = self._canvas()
        if canvas is not screen:
            screen.blit(canvas, (0, 0))
        pygame.display.flip()

    def grab(self) -> Pixels:
        """A copy of what was drawn."""
        return np.ascontiguousarray(pygame.surfarray.array3d(self._canvas()).swapaxes(0, 1))

    def close(self) -> None:
        """Leave the closing to `pygame.display.quit`."""
        self._small = self._sheet = None

    def _canvas(self) -> pygame.Surface:
        """What is drawn on: the screen itself, or a sheet as large where the screen has too few colours."""
        screen = _screen()
        if screen.get_bitsize() >= _FEWEST_BITS:
            return screen
        if self._sheet is None or self._sheet.get_size() != screen.get_size():
            self._sheet = pygame.Surface(screen.get_size(), depth=32)
        return self._sheet


def _write(surface: pygame.Surface, pixels: Pixels) -> None:
    # The view locks the surface until it is gone, so it lives in here only.
    pygame.surfarray.pixels3d(surface)[...] = pixels.swapaxes(0, 1)


def _screen() -> pygame.Surface:
    """The window's surface.

    Raises:
        DisplayError: there is none any more.
    """
    screen: pygame.Surface | None = pygame.display.get_surface()
    if screen is None:
        raise DisplayError("the screen is gone; check its cable")
    return screen
