"""Renders text on paper labels, as beside paintings in a museum. Sizes follow the canvas; lengths are pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pygame

from installation.display.base import Caption, Card, Identify, Notice
from installation.display.font_fallback import FontFallback
from installation.display.geometry import Size
from installation.display.typesetting import rows as set_rows
from installation.display.typesetting import uncut

INK: Final = (36, 32, 28)
FAINT: Final = (104, 96, 88)
PAPER: Final = (245, 240, 230)
EDGE: Final = (214, 205, 190)
OPACITY: Final = 240
"""Opacity of the paper, 0…255: the painting shows through slightly."""

_TITLE, _TEXT = 1.3, 1.0
"""Font heights of titles and of text, in units."""
_MARGIN, _GAP = 1.1, 0.35
"""Margin of the paper, and space between two texts, in units."""
_SCALES: Final = (1.0, 0.8, 0.64, 0.5, 0.4)
"""Scales that are tried, the largest first, until all lines fit on the canvas."""
_WIDEST: Final = 0.84
"""Share of the canvas's width that text may take."""
_CAPTION_AREA: Final = 0.055
"""Share of the canvas that a caption should cover at most."""
_CODE: Final = 6.0
"""Edge of a QR code in units: at 1080 lines some 14 cm on a screen of 43 inches, to be read from a metre and a half."""
_LONG_CODE: Final = 9.0
"""The same for a souvenir's link, which is longer: its code has more modules."""
_NUMBER: Final = 4.0
"""Font height of a countdown's number, in units."""
_QUIET_ZONE: Final = 4
"""Quiet zone around a QR code in modules, as its standard requires."""


@dataclass(frozen=True, slots=True)
class Line:
    """A text, and whether it is a title."""

    text: str
    title: bool = False


def card(value: Card, canvas: Size, fonts: FontFallback) -> pygame.Surface:
    """The label of a holding card, smaller for long texts; its title is at the top."""
    lines = [Line(value.title, title=True), *(Line(text) for text in value.text.splitlines())]
    return _fitting(lines, canvas, _unit(canvas) * 1.7, fonts)


def identify(value: Identify, canvas: Size, fonts: FontFallback) -> pygame.Surface:
    """The identify label, legible across the room, as large as the canvas allows."""
    lines = [Line(text, title=number == 0) for number, text in enumerate(value.lines)]
    return _fitting(lines, canvas, _unit(canvas) * 2.4, fonts)


def caption(value: Caption, canvas: Size, fonts: FontFallback) -> pygame.Surface:
    """The label beside the painting: title, artist and year, and the page's QR code.

    In the largest letters in which it is small and nothing is cut, else in the largest in which it is small.
    """
    small = None
    for scale in _SCALES[:3]:
        panel, whole = _caption(value, canvas, _unit(canvas) * scale, fonts)
        if panel.get_width() * panel.get_height() <= _CAPTION_AREA * canvas[0] * canvas[1]:
            if whole:
                return panel
            small = small or panel
    return small or panel


def notice(value: Notice, canvas: Size, fonts: FontFallback) -> pygame.Surface:
    """The label of a souvenir: what happens now, how many seconds are left, the link's QR code."""
    whole = _unit(canvas) * 1.4
    for scale in _SCALES:
        unit = whole * scale
        code = _qr(value.url, round(_unit(canvas) * scale * _LONG_CODE)) if value.url else None
        beside = code.get_width() if code else 0
        room = max(1, round(canvas[0] * (0.5 if canvas[0] > canvas[1] else _WIDEST) - 2 * _MARGIN * unit) - beside)
        texts = _set([Line(value.text, title=True)], unit, room, fonts)
        if value.number:
            texts.append(set_rows(value.number, unit * _NUMBER, INK, room, fonts))
        panel = _panel(texts, unit, code)
        small = panel.get_width() <= canvas[0] * 0.92 and panel.get_height() <= canvas[1] * 0.5
        if small and uncut(value.text, unit * _TITLE, room, fonts):
            break
    return panel


def _caption(value: Caption, canvas: Size, unit: float, fonts: FontFallback) -> tuple[pygame.Surface, bool]:
    """The label in letters of one size, in a shape that covers little; and whether it shows the whole text."""
    code = _qr(value.url, round(_unit(canvas) * _CODE)) if value.url else None
    title = fonts.known(value.title)
    who = ", ".join(filter(None, map(fonts.known, (value.artist, value.year))))
    lines = [Line(title, title=True)] if title or not who else []
    if who:
        lines.append(Line(who))
    beside = code.get_width() if code else 0
    widest = round(canvas[0] * _WIDEST) - beside
    room = widest
    # While the label is too large, make it narrower, so that a long title takes two lines.
    while True:
        panel = _panel(_set(lines, unit, room, fonts), unit, code)
        smaller = round(room * 0.8)
        if panel.get_width() * panel.get_height() <= _CAPTION_AREA * canvas[0] * canvas[1] or smaller < widest // 4:
            return panel, all(uncut(line.text, unit * _height(line), room, fonts) for line in lines)
        room = smaller


def _unit(canvas: Size) -> float:
    """Font height of a caption's text."""
    return max(9.0, math.sqrt(canvas[0] * canvas[1]) / 60)


def _fitting(lines: Sequence[Line], canvas: Size, unit: float, fonts: FontFallback) -> pygame.Surface:
    """The largest label that fits on the canvas, or the smallest of all."""
    for scale in _SCALES:
        texts = _set(lines, unit * scale, round(canvas[0] * _WIDEST - 2 * _MARGIN * unit * scale), fonts)
        panel = _panel(texts, unit * scale)
        if panel.get_width() <= canvas[0] and panel.get_height() <= canvas[1] * 0.92:
            break
    return panel


def _set(lines: Sequence[Line], unit: float, room: int, fonts: FontFallback) -> list[list[pygame.Surface]]:
    """The rows of each text."""
    texts = []
    for line in lines:
        texts.append(set_rows(line.text, unit * _height(line), INK if line.title else FAINT, room, fonts))
    return texts


def _height(line: Line) -> float:
    """Font height of a text in units."""
    return _TITLE if line.title else _TEXT


def _panel(
    texts: Sequence[Sequence[pygame.Surface]], unit: float, code: pygame.Surface | None = None
) -> pygame.Surface:
    """Paper with a fine border, the text on the left and the QR code on the right."""
    margin, gap = round(_MARGIN * unit), round(_GAP * unit)
    rows = [row for text in texts for row in text]
    wide = max(row.get_width() for row in rows)
    high = sum(row.get_height() for row in rows) + gap * (len(texts) - 1)
    size = wide + 2 * margin, high + 2 * margin
    if code:
        # The QR code has its own margin.
        size = margin + wide + code.get_width(), max(size[1], code.get_height())
    panel = pygame.Surface(size, pygame.SRCALPHA)
    panel.fill((*PAPER, OPACITY))
    pygame.draw.rect(panel, EDGE, panel.get_rect(), max(1, round(unit / 16)))
    y = (size[1] - high) // 2
    for text in texts:
        for row in text:
            panel.blit(row, (margin, y))
            y += row.get_height()
        y += gap
    if code:
        panel.blit(code, (size[0] - code.get_width(), (size[1] - code.get_height()) // 2))
    return panel


def _qr(url: str, edge: int) -> pygame.Surface:
    """A QR code of about ``edge`` pixels on transparent ground; every module is a whole number of pixels."""
    import segno

    modules = [[bool(module) for module in row] for row in segno.make(url, micro=False, error="m").matrix]
    scale = max(2, round(edge / len(modules)))
    count = len(modules) + 2 * _QUIET_ZONE
    code = pygame.Surface((count * scale, count * scale), pygame.SRCALPHA)
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            if dark:
                code.fill(INK, ((x + _QUIET_ZONE) * scale, (y + _QUIET_ZONE) * scale, scale, scale))
    return code
