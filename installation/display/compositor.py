"""Layout: places picture, caption, card and overlay on the upright canvas of a screen."""

from collections.abc import Callable
from typing import TypeVar

import pygame

from installation.display import lettering
from installation.display.base import Caption, Card, Identify, Notice, View
from installation.display.font_fallback import FontFallback
from installation.display.geometry import Fit, Size, fit, upright
from installation.display.screen import Label, Screen
from installation.display.still import still
from installation.frame import Pixels
from installation.settings import DisplaySettings

T = TypeVar("T", Card, Caption, Notice, Identify)


class Compositor:
    """Draws views on one open screen; text is rendered again only when it or the screen's size changes."""

    def __init__(self, screen: Screen, settings: DisplaySettings) -> None:
        self._screen = screen
        self._settings = settings
        self._fonts = FontFallback()
        self._size: Size = (0, 0)
        self._canvas: Size = (0, 0)
        self._still: Pixels | None = None
        self._drawn: dict[type, tuple[object, Label]] = {}

    def draw(self, view: View) -> None:
        """Draw the view; the caller presents it."""
        self._measure()
        if view.black:
            self._screen.clear()
        elif view.card is not None:
            self._draw_card(view.card)
        elif view.picture is not None:
            self._draw_picture(view.picture, self._settings.fit)
            caption = None
            if view.caption is not None and view.caption.alpha > 0:
                caption = self._draw_caption(view.caption)
            if view.notice is not None:
                self._draw_notice(view.notice, caption)
        else:
            self._screen.clear()
        if view.identify is not None:
            self._place_in_the_middle(self._label(view.identify, lettering.identify))

    def _measure(self) -> None:
        """Follow a window that was resized."""
        if self._screen.size != self._size:
            self._size = self._screen.size
            self._canvas = upright(self._size, self._settings.rotation)
            self._drawn.clear()

    def _draw_picture(self, picture: Pixels, how: Fit) -> None:
        height, width = picture.shape[:2]
        placing = fit((width, height), self._canvas, how)
        if placing.target != (0, 0, *self._canvas):
            self._screen.clear()
        self._screen.picture(picture, placing)

    def _draw_card(self, card: Card) -> None:
        if self._still is None:
            self._still = still()
        if self._still is not None:
            self._draw_picture(self._still, "cover")
        else:
            self._screen.clear()
        self._place_in_the_middle(self._label(card, lettering.card))

    def _place_in_the_middle(self, label: Label) -> None:
        """Centred, but always with its upper edge on screen."""
        across, down = (outer - inner for outer, inner in zip(self._canvas, label.size, strict=True))
        self._screen.place(label, (across // 2, max(0, down // 2)))

    def _draw_caption(self, caption: Caption) -> Label:
        still = Caption(caption.title, caption.artist, caption.year, url=caption.url)
        label = self._label(still, lettering.caption)
        margin = min(self._canvas) // 24
        self._screen.place(label, (margin, self._canvas[1] - label.size[1] - margin), caption.alpha)
        return label

    def _draw_notice(self, notice: Notice, caption: Label | None) -> None:
        """In the lower right corner, where it covers no face; above the caption where both are too wide."""
        label = self._label(notice, lettering.notice)
        margin = min(self._canvas) // 24
        left, top = self._canvas[0] - label.size[0] - margin, self._canvas[1] - label.size[1] - margin
        if caption is not None and left < caption.size[0] + 2 * margin:
            top -= caption.size[1] + margin
        self._screen.place(label, (max(0, left), max(0, top)))

    def _label(self, value: T, draw: Callable[[T, Size, FontFallback], pygame.Surface]) -> Label:
        known = self._drawn.get(type(value))
        if known is not None and known[0] == value:
            return known[1]
        label = self._screen.label(draw(value, self._canvas, self._fonts))
        self._drawn[type(value)] = value, label
        return label
