"""What every screen offers, and what is shown on it."""

from dataclasses import dataclass
from typing import Protocol

from installation.frame import Pixels
from installation.show.commands import Command


@dataclass(frozen=True, slots=True)
class Card:
    """A holding card: a title, and lines of text separated by newlines."""

    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Caption:
    """What hangs beside a painting. ``alpha`` is its opacity, 0…1; ``url`` goes into a QR code, empty for none."""

    title: str
    artist: str
    year: str
    alpha: float = 1.0
    url: str = ""


@dataclass(frozen=True, slots=True)
class Identify:
    """Who this installation is: lines over everything else, for a technician across the room."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """All that is on screen at one moment. ``black`` outranks the card, the card outranks the picture."""

    picture: Pixels | None = None
    card: Card | None = None
    caption: Caption | None = None
    identify: Identify | None = None
    black: bool = False


class Display(Protocol):
    """A screen; used by the main thread only."""

    name: str
    """For people, such as ``window 1024×768``."""
    driver: str
    """What draws, such as ``kmsdrm`` or ``x11``."""
    stages: dict[str, float]
    """Seconds that ``compose`` (drawing, scaling) and ``show`` (bringing it on screen, waiting for it) took last."""

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of the open screen in pixels, as the visitor sees it: upright."""
        ...

    def problem(self) -> str:
        """Why visitors do not see it as they should, in words; empty where all is well. Looks, never waits."""
        ...

    def open(self) -> None:
        """Make it ready.

        Raises:
            DisplayError: there is no screen, or it cannot be opened.
        """
        ...

    def show(self, view: View) -> None:
        """Draw the view and bring it on screen.

        Raises:
            DisplayError: the screen is gone.
        """
        ...

    def events(self) -> list[Command]:
        """What was asked for at this screen since the last call: keys, and ``Quit`` when its window was closed."""
        ...

    def close(self) -> None:
        """Let go of the screen; may be called twice, never raises."""
        ...
