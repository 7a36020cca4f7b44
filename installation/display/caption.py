"""The caption's text: which paintings are on screen, and how much of each."""

from collections.abc import Callable, Mapping
from typing import Final

from installation.collection import PHOTO, Style, paint_of
from installation.display.base import Caption
from installation.display.words import Words

Shares = tuple[tuple[str, int], ...]
"""Names of styles with their share of the picture in percent, the largest first."""

WHOLE: Final = 97
"""Percent from which a painting is named without its share."""
MOST_NAMED: Final = 3
LONGEST_IN_MIX: Final = {2: 24, 3: 15}
"""Characters of each title in a mix of so many paintings, so that the label has room for every share."""
FAINTEST: Final = 0.05
FAINT: Final = 0.2
"""Percent of paint below which there is no caption, and below which it is fainter: a plain mirror needs none."""


def shares_of(mix: Mapping[str, float], strength: float) -> Shares:
    """The shares of a mix at a strength; the rest to 100 is the plain mirror, named only where it is chosen."""
    parts = sorted(((name, round(100 * weight * strength)) for name, weight in mix.items() if name != PHOTO), key=_rank)
    return tuple((name, part) for name, part in parts if part > 0) or ((max(mix, key=lambda name: mix[name]), 0),)


def presence(mix: Mapping[str, float], strength: float) -> float:
    """Largest opacity of the caption, 0…1, by the amount of paint; 1 for a chosen plain mirror."""
    if paint_of(mix, 1.0) == 0:
        return 1.0
    return max(0.0, min(1.0, (paint_of(mix, strength) - FAINTEST) / (FAINT - FAINTEST)))


def caption_of(
    shares: Shares, style: Callable[[str], Style], words: Words, url: str = "", alpha: float = 1.0
) -> Caption:
    """The caption for these shares; ``style`` looks up a style by name."""
    if shares[0][0] == PHOTO:
        return Caption(words.mirror, "", "", alpha=alpha, url=url)
    named = [(style(name), part) for name, part in shares[:MOST_NAMED]]
    if len(shares) == 1:
        alone, part = named[0]
        title = alone.title if part >= WHOLE else _with_share(alone.title, part)
        return Caption(title, alone.artist, alone.year, alpha=alpha, url=url)
    longest = LONGEST_IN_MIX[len(named)]
    title = " + ".join(_with_share(_shortened(one.title, longest), part) for one, part in named)
    title += " + …" if len(shares) > MOST_NAMED else ""
    artists = ", ".join(dict.fromkeys(filter(None, (one.artist for one, _ in named))))
    return Caption(title, artists, "", alpha=alpha, url=url)


def _with_share(title: str, part: int) -> str:
    return f"{title} {part}\N{NO-BREAK SPACE}%"


def _shortened(title: str, longest: int) -> str:
    """The title in at most ``longest`` characters, cut after a word: what stands in brackets goes first."""
    plain = title.partition(" (")[0]
    if len(plain) <= longest:
        return plain
    words = plain[:longest].rpartition(" ")[0] or plain[: longest - 1]
    return f"{words.rstrip()}…"


def _rank(part: tuple[str, int]) -> tuple[int, str]:
    return -part[1], part[0]
