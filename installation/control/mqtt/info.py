"""What an installation tells of itself."""

import msgspec

from installation.show.offer import OfferedStyle


class InstallationInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The retained ``info`` message; ``styles`` are those on offer, in order."""

    id: str
    name: str
    group: str
    version: str
    network_sha256: str
    url: str
    styles: tuple[OfferedStyle, ...]
