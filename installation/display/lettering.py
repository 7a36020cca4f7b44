"""Draws words: holding cards, the caption beside a painting, the identify overlay. Sizes follow the canvas."""

from collections.abc import Sequence

import pygame

from installation.display.base import Caption, Card, Identify
from installation.display.geometry import Size
from installation.fonts import typeface

WALL = (24, 22, 20)
INK = (36, 32, 28)
FAINT = (110, 102, 94)
PAPER = (245, 240, 230)
_QUIET_ZONE = 4
"""Modules of white around a QR code, as its standard asks."""
_MOST_LINES = 2


def card(value: Card, canvas: Size) -> pygame.Surface:
    """A whole canvas with title and text in its middle."""
    unit = _unit(canvas)
    width = round(canvas[0] * 0.84)
    rows = _lines(value.title, unit * 2.2, PAPER, width)
    for text in value.text.splitlines():
        rows += _lines(text, unit * 1.1, (190, 182, 170), width)
    surface = pygame.Surface(canvas)
    surface.fill(WALL)
    gap = round(unit * 0.8)
    y = (canvas[1] - sum(row.get_height() for row in rows) - gap * (len(rows) - 1)) // 2
    for row in rows:
        surface.blit(row, ((canvas[0] - row.get_width()) // 2, y))
        y += row.get_height() + gap
    return surface


def caption(value: Caption, canvas: Size) -> pygame.Surface:
    """The label beside the painting: title, artist and year, and the page's QR code."""
    unit = _unit(canvas)
    code = None if not value.url else _qr(value.url, round(unit * 4.8))
    room = round(canvas[0] * 0.84) - (code.get_width() if code else 0)
    who = ", ".join(filter(None, (value.artist, value.year)))
    rows = _lines(value.title, unit * 1.25, INK, room)
    if who:
        rows += _lines(who, unit * 0.95, FAINT, room)
    return _panel(rows, round(unit * 0.7), code)


def identify(value: Identify, canvas: Size) -> pygame.Surface:
    """A panel that can be read across the room."""
    unit = _unit(canvas)
    room = round(canvas[0] * 0.84)
    rows = [row for text in value.lines for row in _lines(text, unit * 1.8, INK, room)]
    return _panel(rows, round(unit * 1.2))


def _unit(canvas: Size) -> float:
    """Height of ordinary letters, in pixels."""
    return max(10.0, min(canvas) / 26)


def _lines(text: str, height: float, colour: tuple[int, int, int], room: int) -> list[pygame.Surface]:
    """The text in at most two lines no wider than ``room``: a little smaller if it must be, then cut."""
    words = text.replace("\0", "")[:200].split() or [" "]
    size = max(8, round(height * 1.3))
    for smaller in (size, max(8, round(size * 0.8))):
        font = _font(smaller)
        lines = _broken(words, font, room)
        if len(lines) <= _MOST_LINES and all(font.size(line)[0] <= room for line in lines):
            break
    else:
        rest = " ".join(lines[_MOST_LINES - 1 :])
        lines = [_cut(line, font, room) for line in (*lines[: _MOST_LINES - 1], rest)]
    return [font.render(line, True, colour) for line in lines]


def _broken(words: Sequence[str], font: pygame.font.Font, room: int) -> list[str]:
    """The words in as many lines as they take; a word wider than ``room`` stands alone."""
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if font.size(longer)[0] <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(line: str, font: pygame.font.Font, room: int) -> str:
    """The line, or as much of its beginning as fits before an ellipsis."""
    if font.size(line)[0] <= room:
        return line
    while line and font.size(f"{line}…")[0] > room:
        line = line[:-1].rstrip()
    return f"{line}…"


def _font(size: int) -> pygame.font.Font:
    return pygame.font.Font(str(typeface()), size)


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
