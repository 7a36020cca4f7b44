"""The commented example of a settings file, made from the settings' own types."""

import textwrap
import types
import typing
from typing import Any, Literal

import msgspec

from installation.settings import Group, Opening, Settings

_WIDTH = 110
_HEAD = """\
# Settings of an art-installation. Every key is optional; what stands here is the default.
# Check a file with: art-installation check-config FILE
"""


def example() -> str:
    """TOML text with every key, its meaning, what is allowed and its default."""
    parts = [_HEAD]
    for field in msgspec.structs.fields(Settings):
        group: type[Group] = typing.get_origin(field.type) or field.type
        parts.append(f"\n[{field.name}]\n")
        parts.extend(_key(entry) for entry in msgspec.structs.fields(group))
    return "".join(parts)


def _key(field: msgspec.structs.FieldInfo) -> str:
    kind, notes = _unwrapped(field.type)
    description = next((note.description for note in notes if isinstance(note, msgspec.Meta) and note.description), "")
    allowed = _allowed(kind, notes)
    comment = " ".join(filter(None, (description, f"Allowed: {allowed}." if allowed else "")))
    lines = textwrap.wrap(comment, _WIDTH, initial_indent="# ", subsequent_indent="# ")
    return "\n".join([*lines, *_assignment(field)]) + "\n"


def _assignment(field: msgspec.structs.FieldInfo) -> list[str]:
    default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    if default is None:
        return [f"# {field.name} ="]
    lines = [f"{field.name} = {_toml(default)}"]
    if field.name == "opening":
        names = ", ".join(f.encode_name for f in msgspec.structs.fields(Opening))
        lines.insert(0, f'# opening = [{{ days = ["tue", "wed"], opens = "10:00", closes = "18:00" }}]  # {names}')
    return lines


def _unwrapped(kind: Any) -> tuple[Any, list[Any]]:
    notes: list[Any] = []
    while typing.get_origin(kind) is typing.Annotated:
        notes.extend(kind.__metadata__)
        kind = typing.get_args(kind)[0]
    return kind, notes


def _allowed(kind: Any, notes: list[Any]) -> str:
    if typing.get_origin(kind) is Literal:
        return ", ".join(_toml(value) for value in typing.get_args(kind))
    if kind is bool:
        return "true, false"
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        inner = next(part for part in typing.get_args(kind) if part is not type(None))
        kind, more = _unwrapped(inner)
        notes = [*notes, *more]
    bounds = {
        name: getattr(note, name)
        for note in notes
        if isinstance(note, msgspec.Meta)
        for name in ("ge", "le")
        if getattr(note, name) is not None
    }
    if len(bounds) == 2:
        return f"{bounds['ge']:g} to {bounds['le']:g}"
    return ""


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    return str(value)
