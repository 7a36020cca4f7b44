"""Draws words: holding cards, the caption beside a painting, the identify overlay. Sizes follow the canvas."""

from collections.abc import Sequence

import pygame

from installation.display.base import Caption, Card, Identify
from installation.display.font_fallback import FontFallback
from installation.display.geometry import Size
from installation.display.typesetting import rows as set_rows

WALL = (24, 22, 20)
INK = (36, 32, 28)
FAINT = (110, 102, 94)
PAPER = (245, 240, 230)
_SCALES = (1.0, 0.8, 0.64, 0.5, 0.4)
"""Sizes that are tried, the largest first, until all lines are on the canvas."""
_QUIET_ZONE = 4
"""Modules of white around a QR code, as its standard asks."""


def card(value: Card, canvas: Size, fonts: FontFallback) -> pygame.Surface:
    """A whole canvas with title and text in its middle, smaller if there is much of it."""
    width = round(canvas[0] * 0.84)
    for scale in _SCALES:
        unit = _unit(canvas) * scale
        rows = set_rows(value.title, unit * 2.2, PAPER, width, fonts)
        for text in value.text.splitlines():
            rows += set_rows(text, unit * 1.1, (190, 182, 170), width, fonts)
        gap = round(unit * 0.8)
        height = sum(row.get_height() for row in rows) + gap * (len(rows) - 1)
        if height <= canvas[1] * 0.92:
            break
    surface = pygame.Surface(canvas)
    surface.fill(WALL)
    y = max(gap, (canvas[1] - height) // 2)  # the title stays on screen, whatever does not
    for row in rows:
        surface.blit(row, ((canvas[0] - row.get_width()) // 2, y))
        y += row.get_height() + gap
    return surface


def caption(value: Caption, canvas: Size, fonts: FontFallback) -> pygame.Surface:
    """The label beside the painting: title, artist and year, and the page's QR code."""
    unit = _unit(canvas)
    code = None if not value.url else _qr(value.url, round(unit * 4.8))
    room = round(canvas[0] * 0.84) - (code.get_width() if code else 0)
    title = fonts.known(value.title)
    who = ", ".join(filter(None, map(fonts.known, (value.artist, value.year))))
    rows = set_rows(title, unit * 1.25, INK, room, fonts) if title or not who else []
    if who:
        rows += set_rows(who, unit * 0.95, FAINT, room, fonts)
    return _panel(rows, round(unit * 0.7), code)


def identify(value: Identify, canvas: Size, fonts: FontFallback) -> pygame.Surface:
    """A panel that can be read across the room, as large as the canvas allows."""
    room = round(canvas[0] * 0.84)
    for scale in _SCALES:
        unit = _unit(canvas) * scale
        rows = [row for text in value.lines for row in set_rows(text, unit * 1.8, INK, room, fonts)]
        panel = _panel(rows, round(unit * 1.2))
        if panel.get_width() <= canvas[0] and panel.get_height() <= canvas[1]:
            break
    return panel


def _unit(canvas: Size) -> float:
    """Height of ordinary letters, in pixels."""
    return max(10.0, min(canvas) / 26)


def _panel(rows: Sequence[pygame.Surface], margin: int, code: pygame.Surface | None = None) -> pygame.Surface:
    gap = margin // 3
    words = max(row.get_width() for row in rows), sum(row.get_height() for row in rows) + gap * (len(rows) - 1)
    height = max(words[1], code.get_height() if code else 0)
    width = words[0] + (code.get_width() + margin if code else 0)
    panel = pygame.Surface((width + 2 * margin, height + 2 * margin), pygame.SRCALPHA)
    panel.fill((*PAPER, 240))
    y = margin + (height - words[1]) // 2
    for row in rows:
        panel.blit(row, (margin, y))
        y += row.get_height() + gap
    if code:
        panel.blit(code, (panel.get_width() - margin - code.get_width(), margin + (height - code.get_height()) // 2))
    return panel


def _qr(url: str, edge: int) -> pygame.Surface:
    """A QR code of about ``edge`` pixels, every module a whole number of pixels."""
    import segno

    modules = [[bool(module) for module in row] for row in segno.make(url, micro=False, error="m").matrix]
    count = len(modules) + 2 * _QUIET_ZONE
    scale = max(2, round(edge / count))
    code = pygame.Surface((count * scale, count * scale))
    code.fill((255, 255, 255))
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            if dark:
                code.fill((0, 0, 0), ((x + _QUIET_ZONE) * scale, (y + _QUIET_ZONE) * scale, scale, scale))
    return code
