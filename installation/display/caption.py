"""What the caption says: which paintings are on screen, and how much of each."""

from collections.abc import Callable, Mapping
from typing import Final

from installation.collection import PHOTO, Style
from installation.display.base import Caption

Shares = tuple[tuple[str, int], ...]
"""Names of styles with their part of the picture in percent, the largest first."""

WHOLE: Final = 97
"""Percent from which a painting is on screen as it is."""
MOST_NAMED: Final = 3
FAINTEST: Final = 0.05
FAINT: Final = 0.2
"""At so little paint in all there is no caption, and less than the whole caption: it would praise the plain mirror."""


def shares_of(mix: Mapping[str, float], strength: float) -> Shares:
    """The parts of a mix at a strength; what is missing to 100 is the plain mirror, named only where it is chosen."""
    parts = sorted(((name, round(100 * weight * strength)) for name, weight in mix.items() if name != PHOTO), key=_rank)
    return tuple((name, part) for name, part in parts if part > 0) or ((max(mix, key=lambda name: mix[name]), 0),)


def presence(mix: Mapping[str, float], strength: float) -> float:
    """How visible a caption may be, 0…1, by how much paint there is; 1 for the plain mirror that somebody chose."""
    paint = sum(weight for name, weight in mix.items() if name != PHOTO)
    if paint == 0:
        return 1.0
    return max(0.0, min(1.0, (paint * strength - FAINTEST) / (FAINT - FAINTEST)))


def caption_of(shares: Shares, style: Callable[[str], Style], url: str = "", alpha: float = 1.0) -> Caption:
    """The caption for these parts; ``style`` looks up a style by name."""
    named = [(style(name), part) for name, part in shares[:MOST_NAMED]]
    if len(shares) == 1:
        alone, part = named[0]
        whole = alone.name == PHOTO or part >= WHOLE
        title = alone.title if whole else f"{alone.title} {part} %"
        return Caption(title, alone.artist, alone.year, alpha=alpha, url=url)
    title = " + ".join(f"{one.title} {part} %" for one, part in named) + (" + …" if len(shares) > MOST_NAMED else "")
    artists = ", ".join(dict.fromkeys(filter(None, (one.artist for one, _ in named))))
    return Caption(title, artists, "", alpha=alpha, url=url)


def _rank(part: tuple[str, int]) -> tuple[int, str]:
    return -part[1], part[0]
