"""A mix as people type it: ``great-wave=0.6,scream=0.4``."""

import math
from typing import Final

from installation.errors import CommandError

LARGEST_WEIGHT: Final = 1e6


def parse_mix(text: str) -> dict[str, float]:
    """The weights as typed; whether the styles exist is not checked here.

    Raises:
        CommandError: malformed, a style twice, or no weight above 0.
    """
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = (word.strip() for word in part.partition("="))
        try:
            weight = float(value)
        except ValueError:
            weight = math.nan
        if not name or not 0 <= weight < LARGEST_WEIGHT or name in weights:
            raise CommandError(f"'{text[:80]}' is no mix; write NAME=WEIGHT,NAME=WEIGHT with weights of 0 or more")
        weights[name] = weight
    if not any(weights.values()):
        raise CommandError(f"'{text[:80]}' has no weight above 0; give one style at least some")
    return weights
