"""Makes untrusted text safe to show: one line of bounded length, without control characters or escapes."""

import unicodedata
from typing import Final

LONGEST: Final = 200
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

_JOINERS: Final = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
"""Format characters that scripts and emoji need; they cannot control a terminal."""
_MOST_ACCENTS: Final = 4
"""Combining marks on one letter; more of them would cover the lines above."""


def printable(text: str, longest: int = LONGEST) -> str:
    """Return the text as one line of at most ``longest`` characters, cut with an ellipsis.

    Control characters, escapes, line separators, what turns the direction of writing, and what is no character are
    replaced by `REPLACEMENT`; tabs and line breaks by spaces. For all that came over the network or from a style file.
    """
    shown: list[str] = []
    accents = 0
    for char in text[: longest * (_MOST_ACCENTS + 1) + 1]:
        category = unicodedata.category(char)
        accents = accents + 1 if category in ("Mn", "Me") else 0
        if accents > _MOST_ACCENTS:
            continue
        if char in "\t\n\r":
            shown.append(" ")
        elif category in ("Zl", "Zp") or (category[0] == "C" and char not in _JOINERS):
            shown.append(REPLACEMENT)
        else:
            shown.append(char)
    return "".join(shown) if len(shown) <= longest else "".join(shown[: longest - 1]) + "…"
