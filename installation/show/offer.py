"""The offer: the styles that visitors can choose, decided once from the collection and the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import msgspec

from installation.collection import Collection
from installation.errors import SettingsError, StyleError
from installation.settings import ShowSettings
from installation.text.nearest import nearest


class OfferedStyle(msgspec.Struct, frozen=True, kw_only=True):
    """A style as a page or a panel shows it."""

    name: str
    title: str
    artist: str
    year: str


@dataclass(frozen=True)
class Offer:
    """The styles on offer, in order, at least one; ``first`` is the style at start, empty for the first in order.

    Raises:
        StyleError: there is no style, or ``first`` is not among them.
    """

    styles: tuple[OfferedStyle, ...]
    first: str = ""

    def __post_init__(self) -> None:
        if not self.styles:
            raise StyleError("no style is on offer; put styles into the collection or name them in show.styles")
        object.__setattr__(self, "first", self.first or self.styles[0].name)
        self.check(self.first)

    @classmethod
    def of(
        cls, collection: Collection, settings: ShowSettings, skip: Callable[[SettingsError], object] | None = None
    ) -> "Offer":
        """The styles that the settings choose from the collection; all where none of the chosen exists.

        With ``skip``, a name that cannot be offered is left out, and ``skip`` is called with the error: the exhibit
        goes on when a style was removed from the collection.

        Raises:
            SettingsError: the settings name a style that the collection lacks, or start with another one.
        """
        names = tuple(name for name in settings.styles if name in collection.names) or collection.names
        for name in dict.fromkeys((*settings.styles, settings.style or names[0])):
            if name not in names:
                error = SettingsError(f"there is no style '{name}' to offer; {nearest(name, collection.names)}")
                if skip is None:
                    raise error
                skip(error)
        styles = tuple(
            OfferedStyle(name=style.name, title=style.title, artist=style.artist, year=style.year)
            for style in (collection[name] for name in names)
        )
        return cls(styles, settings.style if settings.style in names else "")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names, in order."""
        return tuple(style.name for style in self.styles)

    def check(self, name: str) -> None:
        """Refuse a name that is not on offer.

        Raises:
            StyleError: the name is not on offer.
        """
        if name not in self.names:
            raise StyleError(f"there is no style '{name}' on offer; {nearest(name, self.names)}")
