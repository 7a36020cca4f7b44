"""What the tests of the control share."""

import random
from collections.abc import Iterator

from installation.control.mqtt.info import InstallationInfo
from installation.show.director import Scene
from installation.show.offer import OfferedStyle

STYLES = ("great-wave", "scream", "photo")


def an_info(identity: str = "mirror", group: str = "hall", url: str = "http://hub/") -> InstallationInfo:
    return InstallationInfo(
        id=identity,
        name=f"Mirror {identity}",
        group=group,
        version="1.2.3",
        network_sha256="ab" * 32,
        url=url,
        styles=(
            OfferedStyle(name="great-wave", title="The Great Wave", artist="Katsushika Hokusai", year="1831"),
            OfferedStyle(name="scream", title="Skrik “The Scream”", artist="Edvard Munch", year="1893"),
            OfferedStyle(name="photo", title="Plain mirror", artist="", year=""),
        ),
    )


def a_scene(style: str = "great-wave", strength: float = 1.0, **more: object) -> Scene:
    values = {"mix": {style: 1.0}, "phase": "visitor", "attract": True, "held": False, **more}
    return Scene(style=style, strength=strength, **values)  # type: ignore[arg-type]


_PIECES = (
    *(b"scream", b"great-wave", b'{"styles":{"scream":', b"}", b"{", b"[", b'"', b"ON", b"OFF", b"0.5", b"1e9"),
    *(b",", b":", b"null", b"\\u0000", b"\xc3", b"\x00", b" ", b'{"transaction":'),
)


def random_payloads(draw: random.Random, count: int) -> Iterator[bytes]:
    """Payloads that are nearly right, or not at all."""
    for _ in range(count):
        yield b"".join(draw.choices(_PIECES, k=draw.randrange(6))) + draw.randbytes(draw.randrange(3))
