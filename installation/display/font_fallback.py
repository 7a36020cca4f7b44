"""Font fallback: the bundled typeface, then this system's fonts; a glyph that none has is left out."""

import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import pygame
import pygame.freetype

from installation.fonts import typeface

LONGEST: Final = 200
"""Most characters of a text that are examined."""
NOTO_CJK: Final = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
FAMILIES: Final = ("hiraginosans", "applesdgothicneo", "yugothic", "msgothic", "malgungothic", "segoeuisymbol")
"""Fonts of macOS and Windows with many glyphs, by pygame's names."""
_PATIENCE: Final = 2.0
_MOST_ASKED: Final = 4
_COVERAGE_POINTS: Final = 16
_EMPTY_BRACKETS: Final = re.compile(r"\(\s*\)|\[\s*\]|（\s*）|「\s*」|『\s*』")
_LOOSE_ENDS: Final = " /|–—-,;:·"

Run = tuple[Path, str]
"""A run: a piece of text and its font."""


class FontFallback:
    """The fonts in use. ``find`` names fonts that may have the given characters, the best first."""

    def __init__(self, find: Callable[[str], Iterable[Path]] | None = None) -> None:
        pygame.freetype.init()
        self._find = system_fonts if find is None else find
        self._fonts: dict[Path, pygame.freetype.Font | None] = {}
        self._home: dict[str, Path | None] = {}

    def known(self, text: str) -> str:
        """The text without control characters and without characters that no font has, with single spaces.

        No-break spaces stay.
        """
        text = unicodedata.normalize("NFC", text[:LONGEST])
        text = _single_spaces("".join(char if unicodedata.category(char)[0] != "C" else " " for char in text))
        self._look_up(text)
        shown = "".join(char for char in text if self._home[char] is not None)
        if shown != text:
            shown = _EMPTY_BRACKETS.sub("", shown).strip(_LOOSE_ENDS)
        return _single_spaces(shown)

    def runs(self, text: str) -> list[Run]:
        """Split `known` text into runs of one font each."""
        self._look_up(text)
        runs: list[Run] = []
        for char in text:
            home = self._home[char]
            if runs and (unicodedata.combining(char) or char == " ") and self._has(runs[-1][0], char):
                home = runs[-1][0]  # an accent is placed on its letter only within one font
            if home is None:
                continue
            if runs and runs[-1][0] == home:
                runs[-1] = home, runs[-1][1] + char
            else:
                runs.append((home, char))
        return runs

    def _look_up(self, text: str) -> None:
        """Find a font for every character, or None."""
        new = {char for char in text if char not in self._home}
        missing = self._settle(new, typeface())
        for _ in range(_MOST_ASKED):
            if not missing:
                break
            before = missing
            for font in self._find("".join(sorted(missing))):
                missing = self._settle(missing, font)
            if missing == before:
                break
        self._home.update(dict.fromkeys(missing))

    def _settle(self, characters: set[str], font: Path) -> set[str]:
        """Assign the font to the characters that it has; returns the others."""
        at_home = {char for char in characters if self._has(font, char)}
        self._home.update(dict.fromkeys(at_home, font))
        return characters - at_home

    def _has(self, path: Path, char: str) -> bool:
        if path not in self._fonts:
            self._fonts[path] = _opened(path)
        font = self._fonts[path]
        # Unlike pygame.font, freetype distinguishes a glyph from the box for a missing one.
        return font is not None and font.get_metrics(char)[0] is not None


def system_fonts(characters: str) -> Iterator[Path]:
    """This system's fonts that may have these characters; asks fontconfig where it is installed."""
    if shutil.which("fc-match"):
        charset = " ".join(f"{ord(char):x}" for char in characters)
        command = ["fc-match", "--format=%{file}", f"sans-serif:charset={charset}"]
        try:
            done = subprocess.run(command, check=False, capture_output=True, timeout=_PATIENCE)
        except (OSError, subprocess.TimeoutExpired):
            return
        if done.returncode == 0 and done.stdout:
            yield Path(done.stdout.decode(errors="surrogateescape"))
    elif sys.platform == "linux":
        yield NOTO_CJK
    else:
        yield from (Path(found) for family in FAMILIES if (found := pygame.font.match_font(family)))


def _opened(path: Path) -> pygame.freetype.Font | None:
    try:
        pygame.font.Font(str(path), _COVERAGE_POINTS)  # pygame must be able to read it as well
        return pygame.freetype.Font(str(path), _COVERAGE_POINTS)
    except (OSError, RuntimeError, TypeError):  # pygame.error is a RuntimeError; pygame 2.1 says TypeError
        return None


def _single_spaces(text: str) -> str:
    return re.sub(r"[^\S\N{NO-BREAK SPACE}]+", " ", text).strip()
