"""What goes where: lays picture, caption, card and overlay out on the upright canvas of a screen."""

from collections.abc import Callable
from typing import TypeVar

import pygame

from installation.display import lettering
from installation.display.base import Caption, Card, Identify, View
from installation.display.font_fallback import FontFallback
from installation.display.geometry import Size, fit, upright
from installation.display.screen import Label, Screen
from installation.settings import DisplaySettings

T = TypeVar("T", Card, Caption, Identify)


class Compositor:
    """Draws views on one open screen; words are drawn again only when they or the screen's size change."""

    def __init__(self, screen: Screen, settings: DisplaySettings) -> None:
        self._screen = screen
        self._settings = settings
        self._fonts = FontFallback()
        self._size: Size = (0, 0)
        self._canvas: Size = (0, 0)
        self._drawn: dict[type, tuple[object, Label]] = {}

    def draw(self, view: View) -> None:
        """Draw the view; the screen's owner presents it."""
        self._measure()
        screen = self._screen
        if view.black:
            screen.clear()
        elif view.card is not None:
            screen.place(self._label(view.card, lettering.card), (0, 0))
        elif view.picture is not None:
            height, width = view.picture.shape[:2]
            placing = fit((width, height), self._canvas, self._settings.fit)
            if placing.target != (0, 0, *self._canvas):
                screen.clear()
            screen.picture(view.picture, placing)
            if view.caption is not None and view.caption.alpha > 0:
                self._draw_caption(view.caption)
        else:
            screen.clear()
        if view.identify is not None:
            label = self._label(view.identify, lettering.identify)
            screen.place(label, ((self._canvas[0] - label.size[0]) // 2, (self._canvas[1] - label.size[1]) // 2))

    def _measure(self) -> None:
        """Follow a window that was resized."""
        if self._screen.size != self._size:
            self._size = self._screen.size
            self._canvas = upright(self._size, self._settings.rotation)
            self._drawn.clear()

    def _draw_caption(self, caption: Caption) -> None:
        still = Caption(caption.title, caption.artist, caption.year, url=caption.url)
        label = self._label(still, lettering.caption)
        margin = min(self._canvas) // 24
        self._screen.place(label, (margin, self._canvas[1] - label.size[1] - margin), caption.alpha)

    def _label(self, value: T, draw: Callable[[T, Size, FontFallback], pygame.Surface]) -> Label:
        known = self._drawn.get(type(value))
        if known is not None and known[0] == value:
            return known[1]
        label = self._screen.label(draw(value, self._canvas, self._fonts))
        self._drawn[type(value)] = value, label
        return label
