"""The drawing interface of an open window or a whole screen."""

from dataclasses import dataclass
from typing import Any, Protocol

import pygame

from installation.display.geometry import Placing, Size
from installation.frame import Pixels

TITLE = "art-installation"
SDL_ERROR = RuntimeError
"""Base of SDL's errors: pygame raises ``pygame.error`` for some, and its renderer another class."""


@dataclass(frozen=True, slots=True)
class Label:
    """Text that is rendered once and shown many times; ``size`` is upright, ``image`` of the screen's own type."""

    size: Size
    image: Any


class Screen(Protocol):
    """Places are on the upright canvas; a rotated screen converts them. Calls raise `SDL_ERROR`."""

    how: str
    """Addition to the driver's name: empty, or such as ``, no GPU``."""

    @property
    def size(self) -> Size:
        """Its current size in pixels, not rotated; a window may be resized."""
        ...

    def clear(self) -> None:
        """Fill it with black."""
        ...

    def picture(self, picture: Pixels, placing: Placing) -> None:
        """Draw a picture, scaled smoothly, and flipped if the settings say so."""
        ...

    def label(self, drawn: pygame.Surface) -> Label:
        """Prepare a label that is placed many times."""
        ...

    def place(self, label: Label, at: tuple[int, int], opacity: float = 1.0) -> None:
        """Draw a label on top, its upper left corner at ``at``; ``opacity`` 0…1."""
        ...

    def present(self) -> None:
        """Present what was drawn."""
        ...

    def grab(self) -> Pixels:
        """What was drawn since `clear`: uint8 ``[height, width, 3]``."""
        ...

    def close(self) -> None:
        """Release it."""
        ...
