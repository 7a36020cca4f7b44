"""Describes the settings' types in words, for the example file and for errors."""

import types
import typing
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Meta


def unwrapped(annotation: Any) -> tuple[Any, list[Meta]]:
    """The type without ``Annotated`` and without an optional ``None``, and its `Meta` annotations."""
    notes: list[Meta] = []
    while True:
        origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            notes.extend(note for note in annotation.__metadata__ if isinstance(note, Meta))
            annotation = parts[0]
        elif origin in (types.UnionType, typing.Union) and type(None) in parts:
            annotation = next(part for part in parts if part is not type(None))
        else:
            return annotation, notes


def description(annotation: Any) -> str:
    """The key's description; empty where it has none."""
    return next((note.description for note in unwrapped(annotation)[1] if note.description), "")


def allowed(annotation: Any) -> str:
    """The allowed values in words: "a number from 1 to 120"."""
    kind, notes = unwrapped(annotation)
    title = next((note.title for note in notes if note.title), "")
    if title:
        return title
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(allowed(part) for part in parts)
    if origin is Literal and len(parts) == 1:
        return toml(parts[0])
    if origin is Literal:
        return ", ".join(toml(value) for value in parts[:-1]) + f" or {toml(parts[-1])}"
    if origin is tuple:
        fixed = parts[-1] is not Ellipsis
        return f"a list of {len(parts)}: {allowed(parts[0])} each" if fixed else f"a list, each {allowed(parts[0])}"
    simple = {bool: "true or false", float: "a number", int: "a whole number", str: "text"}
    return simple.get(kind, "a table") + _bounds(notes)


def at(root: Any, path: Sequence[str | int]) -> Any:
    """The type annotation at a path of names and indices; None where there is none."""
    annotation = root
    for step in path:
        kind, _ = unwrapped(annotation)
        parts = typing.get_args(kind)
        if isinstance(step, int):
            annotation = parts[step] if parts[-1] is not Ellipsis else parts[0]
        elif typing.get_origin(kind) is dict:
            annotation = parts[1]
        else:
            annotation = next((f.type for f in msgspec.structs.fields(kind) if f.encode_name == step), None)
    return annotation


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # TOML has the same escapes as JSON.
        return msgspec.json.encode(value).decode()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + "}"
    return str(value)


def _bounds(notes: Sequence[Meta]) -> str:
    def first(name: str) -> Any:
        return next((getattr(note, name) for note in notes if getattr(note, name) is not None), None)

    least, most = first("ge"), first("le")
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    longest = first("max_length")
    return f" of at most {longest} characters" if longest is not None else ""
