"""A souvenir on its way from an installation to the hub: pieces that fit into the broker's messages, and the answer.

The hub is told the hash of the link's secret, not the secret: who listens on the broker learns no link. Pieces have
QoS 0, so that no broker writes one to its disk.
"""

import hashlib
from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from installation.errors import CommandError

PIECE_BYTES: Final = 128 * 1024
"""Most bytes of a picture in one message."""
MOST_PIECES: Final = 32
LARGEST: Final = PIECE_BYTES * MOST_PIECES
"""Most bytes of a picture."""
LONGEST_HEAD: Final = 512

Name = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class PieceHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of a piece, as JSON; the bytes follow."""

    name: Name
    """SHA-256 of the link's secret, in hexadecimal."""
    piece: Annotated[int, Meta(ge=0, lt=MOST_PIECES)]
    pieces: Annotated[int, Meta(ge=1, le=MOST_PIECES)]
    seconds: Annotated[int, Meta(ge=1, le=600)]
    """How long the hub keeps the picture."""
    fetches: Annotated[int, Meta(ge=1, le=3)]


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hub's answer to the last piece, or to one that it refuses; ``error`` is empty when the picture is kept."""

    name: Name
    error: Annotated[str, Meta(max_length=200)] = ""


def name_of(secret: str) -> str:
    """What the hub knows a link by."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def packed(name: str, picture: bytes, *, seconds: int, fetches: int) -> Iterator[bytes]:
    """The payloads of a picture, in order."""
    count = -(-len(picture) // PIECE_BYTES)
    for number in range(count):
        head = PieceHead(name, number, count, seconds, fetches)
        yield msgspec.json.encode(head) + b"\n" + picture[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]


def unpacked(payload: bytes) -> tuple[PieceHead, bytes]:
    """Head and bytes of a piece.

    Raises:
        CommandError: it is none, or too large.
    """
    head, line, data = payload[:LONGEST_HEAD].partition(b"\n")
    data = payload[len(head) + 1 :]
    if not line or not data or len(data) > PIECE_BYTES:
        raise CommandError("is no piece of a souvenir")
    piece: PieceHead = decoded(head, PieceHead)
    return piece, data


def decoded(text: bytes, kind: Any) -> Any:
    """A `PieceHead` or `Kept` from JSON.

    Raises:
        CommandError: it is none.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CommandError(f"is no message of a souvenir: {str(error)[:100]}") from None
