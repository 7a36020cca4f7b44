"""A window or the whole screen, drawn by SDL's renderer: the GPU scales, flips and turns where there is one."""

import logging
import os
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, TypeVar

import numpy as np
import pygame
from pygame._sdl2 import video

from installation.control.keyboard import wish_of
from installation.display import lettering
from installation.display.base import Caption, Card, Identify, View
from installation.display.geometry import Placing, Rect, Size, fit, turned, upright
from installation.errors import DisplayError
from installation.frame import Pixels
from installation.settings import DisplaySettings
from installation.wishes import Quit, Wish

TITLE = "art-installation"
BLIND_DRIVERS = ("dummy", "offscreen", "evdev")
"""SDL drivers that show nothing; SDL may fall back on them by itself."""
_OPAQUE = 255
_BLEND = 1
"""SDL_BLENDMODE_BLEND: by the alpha channel."""

T = TypeVar("T", Card, Caption, Identify)

logger = logging.getLogger(__name__)


class WindowDisplay:
    """``mode`` is window, fullscreen, or auto: fullscreen."""

    def __init__(self, mode: str, settings: DisplaySettings) -> None:
        self.name = "window" if mode == "window" else "fullscreen"
        self.driver = "none"
        self._fullscreen = mode != "window"
        self._settings = settings
        self._window: Any = None
        self._renderer: Any = None
        self._screen: Size = (1, 1)
        self._canvas: Size = (1, 1)
        self._picture: tuple[Size, Any] | None = None
        self._drawn: dict[type, tuple[object, Any]] = {}

    def open(self) -> None:
        """Open the window or take the screen.

        Raises:
            DisplayError: there is none.
        """
        prepare(os.environ)
        try:
            pygame.display.init()
            pygame.font.init()
            self.driver = pygame.display.get_driver()
            if self.driver in BLIND_DRIVERS and os.environ.get("SDL_VIDEODRIVER") != self.driver:
                raise DisplayError("there is no screen here; connect one, or choose --display headless")
            self._window = self._make_window()
            self._renderer = make_renderer(self._window)
        except pygame.error as error:
            self.close()
            raise DisplayError(f"no screen opens ({error}); connect one, or choose --display headless") from None
        except DisplayError:
            self.close()
            raise
        pygame.mouse.set_visible(not self._fullscreen)
        self._measure()
        self.name = f"{'fullscreen' if self._fullscreen else 'window'} {self._screen[0]}×{self._screen[1]}"
        logger.info("display %s on %s", self.name, self.driver)

    def show(self, view: View) -> None:
        """Draw the view and flip."""
        if self._renderer is None:
            raise DisplayError("the screen is not open")
        try:
            self._draw(view)
            self._renderer.present()
        except pygame.error as error:
            raise DisplayError(f"the screen is gone ({error}); check its cable") from None

    def events(self) -> list[Wish]:
        """Keys, and the window's closing."""
        wishes: list[Wish] = []
        for event in pygame.event.get():
            if event.type in (pygame.QUIT, pygame.WINDOWCLOSE):
                wishes.append(Quit())
            elif event.type == pygame.KEYDOWN:
                wish = wish_of(pygame.key.name(event.key))
                if wish is not None:
                    wishes.append(wish)
        return wishes

    def close(self) -> None:
        """Close the window; SDL gives the screen back."""
        self._drawn.clear()
        self._picture = self._renderer = None
        window, self._window = self._window, None
        if window is not None:
            window.destroy()
        pygame.display.quit()

    def grab(self, view: View) -> Pixels:
        """The pixels that `show` would bring on screen: uint8 ``[height, width, 3]``."""
        self._draw(view)
        surface = self._renderer.to_surface()
        return np.ascontiguousarray(pygame.surfarray.array3d(surface).swapaxes(0, 1))

    def _make_window(self) -> Any:
        if self._fullscreen:
            return video.Window(TITLE, fullscreen_desktop=True)
        return video.Window(TITLE, size=(self._settings.width, self._settings.height), resizable=True)

    def _measure(self) -> None:
        """Follow a window that was resized."""
        size = tuple(self._window.size)
        if size != self._screen:
            self._screen = size
            self._canvas = upright(size, self._settings.rotation)
            self._drawn.clear()

    def _draw(self, view: View) -> None:
        self._measure()
        self._renderer.draw_color = (0, 0, 0, _OPAQUE)
        self._renderer.clear()
        if not view.black:
            if view.card is not None:
                self._place(self._texture(view.card, lettering.card), (0, 0, *self._canvas))
            elif view.picture is not None:
                self._draw_picture(view.picture)
                if view.caption is not None and view.caption.alpha > 0:
                    self._draw_caption(view.caption)
        if view.identify is not None:
            texture = self._texture(view.identify, lettering.identify)
            x, y = (self._canvas[0] - texture.width) // 2, (self._canvas[1] - texture.height) // 2
            self._place(texture, (x, y, texture.width, texture.height))

    def _draw_picture(self, picture: Pixels) -> None:
        size = (picture.shape[1], picture.shape[0])
        if self._picture is None or self._picture[0] != size:
            self._picture = size, video.Texture(self._renderer, size, streaming=True)
        texture = self._picture[1]
        texture.update(pygame.image.frombuffer(picture.data.cast("B"), size, "RGB"))
        placing = fit(size, self._canvas, self._settings.fit)
        self._place(texture, placing.target, placing, mirror=self._settings.mirror)

    def _draw_caption(self, caption: Caption) -> None:
        still = Caption(caption.title, caption.artist, caption.year, url=caption.url)
        texture = self._texture(still, lettering.caption)
        texture.alpha = round(_OPAQUE * caption.alpha)
        margin = min(self._canvas) // 24
        self._place(texture, (margin, self._canvas[1] - texture.height - margin, texture.width, texture.height))

    def _place(self, texture: Any, rect: Rect, placing: Placing | None = None, *, mirror: bool = False) -> None:
        rotation = self._settings.rotation
        source = pygame.Rect(placing.source) if placing else None
        target = pygame.Rect(turned(rect, self._canvas, rotation))
        # Positional: the names of the two flips differ between pygame 2.1 and 2.6.
        texture.draw(source, target, rotation, None, mirror, False)

    def _texture(self, value: T, draw: Callable[[T, Size], pygame.Surface]) -> Any:
        """The texture of a card, caption or overlay, drawn again only when its words change."""
        known = self._drawn.get(type(value))
        if known is not None and known[0] == value:
            return known[1]
        texture = video.Texture.from_surface(self._renderer, draw(value, self._canvas))
        texture.blend_mode = _BLEND
        self._drawn[type(value)] = value, texture
        return texture


def make_renderer(window: Any) -> Any:
    """The window's renderer: in step with the screen where it can be, else not."""
    try:
        return video.Renderer(window, vsync=True)
    except pygame.error:
        return video.Renderer(window)


def prepare(environment: MutableMapping[str, str]) -> None:
    """Tell SDL how we want it; what is set already stays."""
    environment.setdefault("SDL_RENDER_SCALE_QUALITY", "linear")
    environment.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "0")
    environment.setdefault("SDL_AUDIODRIVER", "dummy")
    desktop = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    if sys.platform == "linux" and not desktop:
        # No desktop: straight on the screen. Without this SDL may settle for a driver that shows nothing.
        environment.setdefault("SDL_VIDEODRIVER", "kmsdrm")
