"""What a request asks for: style or mix, strength, size and format, read from its query and its Accept header."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from installation.collection import Collection
from installation.errors import CommandError, StyleError
from installation.server.limits import LARGEST, SIZE, SMALLEST
from installation.server.problems import Problem
from installation.show.mix_text import parse_mix

PARAMETERS: Final = ("style", "mix", "strength", "size")
TYPES: Final = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
"""What may be answered, the first where the request has no preference."""
_MOST_TYPES: Final = 32


@dataclass(frozen=True, slots=True)
class Question:
    """A checked request: weights that sum to 1, strength 0…1, longest edge in pixels, and the answer's media type."""

    mix: dict[str, float]
    strength: float
    size: int
    media_type: str


def read_question(query: Sequence[tuple[str, str]], accept: str, collection: Collection) -> Question:
    """Check a request's query, as pairs, and its Accept header.

    Raises:
        Problem: 400 for what is unknown, given twice, malformed or out of range; 406 for another format.
    """
    given: dict[str, str] = {}
    for name, value in query:
        if name not in PARAMETERS:
            raise Problem(400, f"there is no parameter '{name[:40]}'; use {', '.join(PARAMETERS)}")
        if name in given:
            raise Problem(400, f"{name} is given twice; give it once")
        given[name] = value
    if "style" in given and "mix" in given:
        raise Problem(400, "style and mix exclude each other; give one of them")
    try:
        mix = _mix(given, collection)
    except (CommandError, StyleError) as error:
        raise Problem(400, str(error)) from None
    strength = _number("strength", given.get("strength", "1"), 0, 1)
    size = _number("size", given.get("size", str(SIZE)), SMALLEST, LARGEST)
    if size != int(size):
        raise Problem(400, f"size must be a whole number, {SMALLEST} to {LARGEST}")
    return Question(mix, strength, int(size), media_type(accept))


def _mix(given: dict[str, str], collection: Collection) -> dict[str, float]:
    weights = parse_mix(given["mix"]) if "mix" in given else {given.get("style", collection.names[0]): 1.0}
    for name in weights:
        _ = collection[name[:80]]  # raises for a style that is not there
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items() if weight > 0}


def _number(name: str, text: str, least: int, most: int) -> float:
    try:
        value = float(text) if text.isascii() and len(text) <= 20 else math.nan
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise Problem(400, f"{name} must be a number, {least} to {most}")
    return value


def media_type(accept: str) -> str:
    """The media type to answer with: the one that an Accept header likes best; without one, PNG.

    Raises:
        Problem: 406, it takes none of those offered.
    """
    if not accept.strip():
        return next(iter(TYPES))
    likings: dict[str, float] = {}
    for part in accept.split(",")[:_MOST_TYPES]:
        name, *parameters = (word.strip().lower() for word in part.split(";"))
        likings[name] = max(likings.get(name, 0.0), _quality(parameters))
    # What is named counts before a group, and that before everything.
    quality = {name: likings.get(name, likings.get("image/*", likings.get("*/*", 0.0))) for name in TYPES}
    best = max(quality, key=lambda name: quality[name])
    if quality[best] <= 0:
        raise Problem(406, f"Accept names no format that is written here; use {', '.join(TYPES)}")
    return best


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return quality if 0 <= quality <= 1 else 0.0
    return 1.0
