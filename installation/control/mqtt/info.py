"""What an installation tells of itself."""

import msgspec


class StyleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A style for people: what a page or a panel shows of it."""

    name: str
    title: str
    artist: str
    year: str


class InstallationInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The retained ``info`` message; ``styles`` are those on offer, in order."""

    id: str
    name: str
    group: str
    version: str
    network_sha256: str
    url: str
    styles: tuple[StyleInfo, ...]
