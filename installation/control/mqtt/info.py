"""The retained description of an installation."""

import msgspec

from installation.show.offer import OfferedStyle


class InstallationInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The ``info`` message; ``styles`` are the styles on offer, in order.

    ``opening`` are the opening hours in English, a line for each span or date; empty: always open.
    ``souvenir`` tells whether visitors may ask for a picture to take home.
    """

    id: str
    name: str
    group: str
    version: str
    network_sha256: str
    url: str
    styles: tuple[OfferedStyle, ...]
    opening: tuple[str, ...] = ()
    souvenir: bool = False
