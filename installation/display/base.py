"""The interface of all displays, and the view that they show."""

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
    """The label beside a painting. ``alpha`` is its opacity, 0…1; ``url`` goes into a QR code, empty for none."""

    title: str
    artist: str
    year: str
    alpha: float = 1.0
    url: str = ""


@dataclass(frozen=True, slots=True)
class Identify:
    """The identify overlay: lines over everything else, legible across the room."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A label in the lower right corner for the visitor who asked for a souvenir.

    ``number`` is written large, as in a countdown; ``url`` goes into a QR code; empty is none.
    """

    text: str
    number: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """Everything on screen at one moment.

    ``black`` hides the card, the card hides the picture with its caption and notice.
    """

    picture: Pixels | None = None
    card: Card | None = None
    caption: Caption | None = None
    notice: Notice | None = None
    identify: Identify | None = None
    black: bool = False


class Display(Protocol):
    """A screen; used by the main thread only."""

    name: str
    """For people, such as ``window 1024×768``."""
    driver: str
    """What draws, such as ``kmsdrm`` or ``x11``."""
    stages: dict[str, float]
    """Seconds that ``compose`` (drawing, scaling) and ``show`` (presenting, waiting for the screen) took last."""

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of the open screen in pixels, as the visitor sees it: upright."""
        ...

    def problem(self) -> str:
        """Why visitors do not see the picture properly, in words; empty when they do. Never waits."""
        ...

    def open(self) -> None:
        """Open the display.

        Raises:
            DisplayError: there is no screen, or it cannot be opened.
        """
        ...

    def show(self, view: View) -> None:
        """Draw the view and present it on the screen.

        Raises:
            DisplayError: the screen is gone.
        """
        ...

    def events(self) -> list[Command]:
        """Commands from this display since the last call: keys, and ``Quit`` when its window was closed."""
        ...

    def close(self) -> None:
        """Release the screen; may be called twice, never raises."""
        ...
