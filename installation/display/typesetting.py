"""Breaks text into lines and renders it. Widths and heights are pixels."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pygame

from installation.display.font_fallback import FontFallback

Colour = tuple[int, int, int]

_MOST_LINES: Final = 2
_WIDE: Final = "\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_NOT_FIRST: Final = "、。，．」』）］】〉》〕ー…ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
"""Characters that may not begin a line in Japanese."""
_TIED: Final = "\N{NO-BREAK SPACE}"
_SPACES: Final = rf"[^\S{_TIED}]*"
_PIECES: Final = re.compile(rf"{_SPACES}[{_WIDE}][{_NOT_FIRST}]*|{_SPACES}(?:[^\s{_WIDE}]|{_TIED})+")
"""Where a line may be broken: at spaces, and between the characters of scripts that are written without them."""


class Face:
    """The fallback fonts in one size."""

    def __init__(self, fonts: FontFallback, points: int) -> None:
        self._fonts = fonts
        self._points = points
        self._opened: dict[Path, pygame.font.Font] = {}

    def width(self, text: str) -> int:
        """Width of the text."""
        return sum(self._font(path).size(part)[0] for path, part in self._fonts.runs(text))

    def render(self, text: str, colour: Colour) -> pygame.Surface:
        """The text on a transparent background, with all fonts on one base line."""
        runs = [(self._font(path), part) for path, part in self._fonts.runs(text or " ")]
        if len(runs) == 1:
            return runs[0][0].render(runs[0][1], True, colour)
        parts = [(font.get_ascent(), font.render(part, True, colour)) for font, part in runs]
        above = max(ascent for ascent, _ in parts)
        height = max(above - ascent + part.get_height() for ascent, part in parts)
        row = pygame.Surface((sum(part.get_width() for _, part in parts), height), pygame.SRCALPHA)
        x = 0
        for ascent, part in parts:
            row.blit(part, (x, above - ascent))
            x += part.get_width()
        return row

    def _font(self, path: Path) -> pygame.font.Font:
        if path not in self._opened:
            self._opened[path] = pygame.font.Font(str(path), self._points)
        return self._opened[path]


def rows(text: str, height: float, colour: Colour, room: int, fonts: FontFallback) -> list[pygame.Surface]:
    """The text in at most two lines no wider than ``room``: slightly smaller if necessary, then cut.

    A text without visible characters is one empty line.
    """
    face, lines = _set(text, height, room, fonts)
    return [face.render(_cut(line, face, room), colour) for line in lines]


def uncut(text: str, height: float, room: int, fonts: FontFallback) -> bool:
    """Whether `rows` shows the whole text."""
    face, lines = _set(text, height, room, fonts)
    return all(face.width(line) <= room for line in lines)


def _set(text: str, height: float, room: int, fonts: FontFallback) -> tuple[Face, list[str]]:
    """The face and the lines, at most two; one that is still too wide must be cut."""
    pieces = _PIECES.findall(fonts.known(text)) or [" "]
    points = max(8, round(height * 1.3))
    for smaller in (points, max(8, round(points * 0.8))):
        face = Face(fonts, smaller)
        lines = _broken(pieces, face, room)
        if len(lines) <= _MOST_LINES and all(face.width(line) <= room for line in lines):
            return face, lines
    return face, _broken(pieces, face, room, _MOST_LINES)


def _broken(pieces: Sequence[str], face: Face, room: int, most: int = 0) -> list[str]:
    """The pieces in as many lines as they need, at most ``most``; a piece wider than ``room`` gets its own line."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        longer = lines[-1] + piece
        if len(lines) == most or face.width(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(piece.lstrip())
    return lines


def _cut(line: str, face: Face, room: int) -> str:
    """The line, cut with an ellipsis where it is too wide."""
    if face.width(line) <= room:
        return line
    shortened = [f"{line[:length].rstrip()}…" for length in range(len(line) + 1)]
    return shortened[max(0, bisect_right(shortened, room, key=face.width) - 1)]
