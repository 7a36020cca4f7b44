"""What an open window, or the whole screen, offers to those who draw on it."""

from dataclasses import dataclass
from typing import Any, Protocol

import pygame

from installation.display.geometry import Placing, Size
from installation.frame import Pixels

TITLE = "art-installation"
SDL_ERROR = RuntimeError
"""What SDL's failures have in common: pygame raises ``pygame.error`` for some, and its renderer one of its own."""


@dataclass(frozen=True, slots=True)
class Label:
    """Something drawn once and shown many times; ``size`` is upright, ``image`` the screen's own kind of picture."""

    size: Size
    image: Any


class Screen(Protocol):
    """Places are on the upright canvas; a screen that hangs on its side turns them. Its calls raise `SDL_ERROR`."""

    how: str
    """What draws, as an addition to the driver's name: empty, or such as ``, no GPU``."""

    @property
    def size(self) -> Size:
        """Its own pixels now, not turned; a window may be resized."""
        ...

    def clear(self) -> None:
        """Make all of it black."""
        ...

    def picture(self, picture: Pixels, placing: Placing) -> None:
        """Draw a picture, scaled smoothly, and flipped if the settings say so."""
        ...

    def label(self, drawn: pygame.Surface) -> Label:
        """Make ready what is to be placed many times."""
        ...

    def place(self, label: Label, at: tuple[int, int], opacity: float = 1.0) -> None:
        """Lay a label over what is drawn, its top left corner at ``at``; ``opacity`` 0…1."""
        ...

    def present(self) -> None:
        """Bring it before the visitor."""
        ...

    def grab(self) -> Pixels:
        """What was drawn since `clear`: uint8 ``[height, width, 3]``."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...
