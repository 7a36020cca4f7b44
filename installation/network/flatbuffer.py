"""Reads untrusted flatbuffers: every offset is checked before it is followed.

The C++ runtimes trust their input and may read beyond its end; so every file is read here first.
"""

import struct
from typing import Final, Literal

Scalar = Literal["bool", "i8", "u8", "i32", "u32", "i64", "f32"]

_FORMATS: Final[dict[str, struct.Struct]] = {
    "bool": struct.Struct("<B"),
    "i8": struct.Struct("<b"),
    "u8": struct.Struct("<B"),
    "u16": struct.Struct("<H"),
    "i32": struct.Struct("<i"),
    "u32": struct.Struct("<I"),
    "i64": struct.Struct("<q"),
    "f32": struct.Struct("<f"),
}


class Malformed(ValueError):
    """The bytes are not a flatbuffer of the expected kind; never leaves this package."""


class Table:
    """One table at byte ``position`` of ``data``.

    ``slots`` names the fields that may be present; a field beyond them is refused, because it could not be checked.

    Raises:
        Malformed: from the constructor and from every read.
    """

    __slots__ = ("_data", "_fields", "_length", "position")

    def __init__(self, data: bytes, position: int, slots: frozenset[int]) -> None:
        self._data = data
        self.position = position
        vtable = position - int(read(data, position, "i32"))
        vtable_length = int(read(data, vtable, "u16"))
        self._length = int(read(data, vtable + 2, "u16"))
        if vtable_length < 4 or vtable_length % 2 or vtable + vtable_length > len(data):
            raise Malformed("a table's field list runs out of the file")
        if self._length < 4 or position + self._length > len(data):
            raise Malformed("a table runs out of the file")
        offsets: tuple[int, ...] = struct.unpack_from(f"<{(vtable_length - 4) // 2}H", data, vtable + 4)
        self._fields = {slot: offset for slot, offset in enumerate(offsets) if offset}
        unknown = self._fields.keys() - slots
        if unknown:
            raise Malformed(f"a table has field {min(unknown)}, which this project's networks do not use")

    def has(self, slot: int) -> bool:
        """Whether the field is stored; a scalar that is not stored has its default."""
        return slot in self._fields

    def address(self, slot: int, kind: Scalar) -> int:
        """Byte position of a stored scalar."""
        offset = self._fields[slot]
        if offset < 4 or offset + _FORMATS[kind].size > self._length:
            raise Malformed("a field lies outside its table")
        return self.position + offset

    def integer(self, slot: int, kind: Scalar, default: int = 0) -> int:
        """An integer field, or its default."""
        return int(read(self._data, self.address(slot, kind), kind)) if self.has(slot) else default

    def number(self, slot: int) -> float:
        """A float32 field, or 0."""
        return float(read(self._data, self.address(slot, "f32"), "f32")) if self.has(slot) else 0.0

    def vector(self, slot: int, item_size: int) -> tuple[int, int]:
        """Position of the first item and number of items; ``(0, 0)`` when the field is not stored."""
        if not self.has(slot):
            return 0, 0
        start = self.follow(slot)
        length = int(read(self._data, start, "u32"))
        if start + 4 + length * item_size > len(self._data):
            raise Malformed("a list runs out of the file")
        if length and (start + 4) % min(item_size, 8):
            raise Malformed("a list is not aligned")
        return start + 4, length

    def values(self, slot: int, kind: Scalar) -> tuple[float, ...]:
        """A vector of scalars."""
        layout = _FORMATS[kind]
        start, length = self.vector(slot, layout.size)
        return struct.unpack_from(f"<{length}{layout.format[-1]}", self._data, start) if length else ()

    def integers(self, slot: int) -> tuple[int, ...]:
        """A vector of int32."""
        return tuple(int(value) for value in self.values(slot, "i32"))

    def table(self, slot: int, slots: frozenset[int]) -> "Table | None":
        """A table that this one points to."""
        return Table(self._data, self.follow(slot), slots) if self.has(slot) else None

    def tables(self, slot: int, slots: frozenset[int], limit: int) -> "list[Table]":
        """A vector of tables, at most ``limit`` of them; several entries may point to the same table."""
        start, length = self.vector(slot, 4)
        if length > limit:
            raise Malformed(f"a list has {length} entries, more than {limit}")
        positions = range(start, start + 4 * length, 4)
        return [Table(self._data, follow(self._data, position), slots) for position in positions]

    def check_text(self, slot: int) -> None:
        """Check a string that only the runtimes read, up to its closing zero."""
        start, length = self.vector(slot, 1)
        if self.has(slot) and self._data[start + length : start + length + 1] != b"\0":
            raise Malformed("a name does not end")

    def follow(self, slot: int) -> int:
        """Target of a stored offset."""
        return follow(self._data, self.address(slot, "u32"))


def read(data: bytes, position: int, kind: str) -> float:
    """One scalar at ``position``."""
    layout = _FORMATS[kind]
    if position < 0 or position + layout.size > len(data):
        raise Malformed("an offset points out of the file")
    if position % layout.size:
        raise Malformed("a value is not aligned")
    return layout.unpack_from(data, position)[0]  # type: ignore[no-any-return]


def follow(data: bytes, position: int) -> int:
    """Target of the offset stored at ``position``."""
    offset = int(read(data, position, "u32"))
    if not offset:
        raise Malformed("an offset points nowhere")
    return position + offset
