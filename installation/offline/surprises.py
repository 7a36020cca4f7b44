"""Checks surprises by what they paint: mud is a picture without light and dark, or without marks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from PIL import Image

from installation.collection import Collection, Style
from installation.painter.still import StillPainter
from installation.show.surprise import surprise

LEAST: Final = 0.85
"""Least share of what the weakest of its styles has, in tone as in marks, that a surprise keeps."""


@dataclass(frozen=True, slots=True)
class Look:
    """Measured on luma, 0…1: ``tone`` from the second to the 98th percentile, ``marks`` the mean step of pixels."""

    tone: float
    marks: float

    @classmethod
    def of(cls, picture: Image.Image) -> "Look":
        """The look of an RGB picture."""
        luma = np.asarray(picture.convert("L"), np.float32) / 255
        low, high = np.percentile(luma, (2, 98))
        steps = np.abs(np.diff(luma, axis=0)).mean() + np.abs(np.diff(luma, axis=1)).mean()
        return cls(float(high - low), float(steps))


class Surprises:
    """Paints a photo in surprises of a collection; the picture of each is a style on a contact sheet."""

    def __init__(self, collection: Collection, photo: Image.Image) -> None:
        self._collection, self._photo = collection, photo
        self._painter = StillPainter(collection)
        self.style_look: Callable[[str], Look] = cache(lambda name: Look.of(self._painted({name: 1.0})))
        self.muddy: list[int] = []
        """Seeds of those that were painted and came out as mud."""

    def mix(self, seed: int) -> dict[str, float]:
        """The mix of a seed from the whole collection."""
        return surprise(seed, self._collection.names)

    def described(self, seed: int) -> Style:
        """The surprise as a style of its own, labelled with its number and its mix."""
        parts = " ".join(f"{name} {round(100 * weight)}" for name, weight in self.mix(seed).items())
        return Style(str(seed), f"{seed}", parts, "", "", "", self._collection.vector(self.mix(seed), 1.0))

    def paint(self, seed: int) -> Image.Image:
        """The photo in the surprise of a seed; noted where it is mud."""
        picture = self._painted(self.mix(seed))
        if is_mud(Look.of(picture), [self.style_look(name) for name in self.mix(seed)]):
            self.muddy.append(seed)
        return picture

    def _painted(self, mix: Mapping[str, float]) -> Image.Image:
        return self._painter.paint(self._photo, mix, 1.0)


def is_mud(look: Look, styles: list[Look]) -> bool:
    """Whether a mix looks poorer than the poorest of its styles by more than a little."""
    return look.tone < LEAST * min(style.tone for style in styles) or look.marks < LEAST * min(
        style.marks for style in styles
    )
