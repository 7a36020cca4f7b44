"""The pictures that wait to be fetched: in memory only, few, for minutes. Pure logic; the caller passes the time.

Whatever an installation sends, it cannot fill the hub, see or replace a picture, or keep one for longer.
"""

import threading
from dataclasses import dataclass, field
from typing import Final

import msgspec

from installation.control.mqtt.pieces import LARGEST, PieceHead, name_of
from installation.errors import CommandError

MOST_KEPT: Final = 12
"""Pictures of one installation at once."""
MOST_BYTES_EACH: Final = 16 * 1024 * 1024
"""Bytes of one installation's pictures, the unfinished one included."""
MOST_BYTES: Final = 128 * 1024 * 1024
"""Bytes of all pictures."""
LEAST_PAUSE: Final = 5.0
"""Seconds between the beginnings of two pictures of one installation."""
UNFINISHED: Final = 30.0
"""Seconds after which a picture that is still incomplete is dropped."""
MOST_INSTALLATIONS: Final = 1000
JPEG: Final = (b"\xff\xd8\xff", b"\xff\xd9")
"""How a JPEG begins and ends."""


@dataclass(slots=True)
class _Coming:
    head: PieceHead
    began: float
    parts: list[bytes] = field(default_factory=list)
    size: int = 0


@dataclass(slots=True)
class _Picture:
    owner: str
    data: bytes
    until: float
    fetches: int


class Shelf:
    """Thread-safe. Seconds are those of one steady clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: dict[str, _Coming] = {}
        self._began: dict[str, float] = {}
        self._pictures: dict[str, _Picture] = {}

    def take(self, owner: str, head: PieceHead, data: bytes, now: float) -> bool:
        """Take a piece from an installation; returns whether its picture is complete, and kept.

        Raises:
            CommandError: it is refused, and with it the whole picture.
        """
        with self._lock:
            self._forget(now)
            coming = self._coming.pop(owner, None)
            if head.piece == 0:
                coming = self._begun(owner, head, now)
            if coming is None or head != msgspec.structs.replace(coming.head, piece=len(coming.parts)):
                raise CommandError("a piece of the picture is missing")
            self._check_room(owner, coming.size + len(data))
            coming.parts.append(data)
            coming.size += len(data)
            if len(coming.parts) < head.pieces:
                self._coming[owner] = coming
                return False
            self._keep(owner, head, b"".join(coming.parts), now)
            return True

    def fetch(self, secret: str, now: float) -> bytes | None:
        """The picture of a link, which then counts as fetched once more; None where there is none (any more)."""
        name = name_of(secret)
        with self._lock:
            self._forget(now)
            picture = self._pictures.get(name)
            if picture is None:
                return None
            picture.fetches -= 1
            if picture.fetches <= 0:
                del self._pictures[name]
            return picture.data

    def forget(self, now: float) -> None:
        """Drop what is over."""
        with self._lock:
            self._forget(now)

    def __len__(self) -> int:
        return len(self._pictures)

    @property
    def size(self) -> int:
        """Bytes of all pictures, the unfinished ones included."""
        return sum(len(picture.data) for picture in self._pictures.values()) + sum(
            coming.size for coming in self._coming.values()
        )

    def _begun(self, owner: str, head: PieceHead, now: float) -> _Coming:
        if now - self._began.get(owner, -LEAST_PAUSE) < LEAST_PAUSE:
            raise CommandError(f"one picture in {LEAST_PAUSE:g} s is all that an installation may send")
        if owner not in self._began and len(self._began) >= MOST_INSTALLATIONS:
            raise CommandError("too many installations send pictures")
        self._began[owner] = now
        if head.name in self._pictures:
            raise CommandError("a picture of this name is here already")
        if sum(picture.owner == owner for picture in self._pictures.values()) >= MOST_KEPT:
            raise CommandError(f"{MOST_KEPT} pictures of this installation wait to be fetched already")
        return _Coming(head, now)

    def _check_room(self, owner: str, more: int) -> None:
        own = sum(len(picture.data) for picture in self._pictures.values() if picture.owner == owner)
        if more > LARGEST or own + more > MOST_BYTES_EACH or self.size + more > MOST_BYTES:
            raise CommandError("there is no room for this picture; some minutes later there is")

    def _keep(self, owner: str, head: PieceHead, data: bytes, now: float) -> None:
        if not data.startswith(JPEG[0]) or not data.endswith(JPEG[1]):
            raise CommandError("the picture is no JPEG")
        if head.name in self._pictures:
            raise CommandError("a picture of this name is here already")
        self._pictures[head.name] = _Picture(owner, data, now + head.seconds, head.fetches)

    def _forget(self, now: float) -> None:
        self._pictures = {name: picture for name, picture in self._pictures.items() if now < picture.until}
        self._coming = {owner: coming for owner, coming in self._coming.items() if now - coming.began < UNFINISHED}
        self._began = {owner: began for owner, began in self._began.items() if now - began < LEAST_PAUSE}
