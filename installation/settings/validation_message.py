"""Turns msgspec's validation errors into one sentence: the key's path, what is allowed, what was found."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from installation.settings import schema
from installation.text.nearest import nearest

_SHOWN: Final = 60
"""Characters of a wrong value that are quoted."""


Path = list[str | int]
"""Keys and indices from the top; ``...`` stands for a key that msgspec does not name."""


def validation_message(message: str, data: Mapping[str, Any], root: type[msgspec.Struct]) -> tuple[str, Path]:
    """The sentence for msgspec's ``message`` about ``data``, validated as a ``root``, and the path of what is wrong."""
    match = re.fullmatch(r"(.*?)(?: - at `(?:key in )?\$\.?(.*)`)?", message, re.DOTALL)
    what, where = (match.group(1), match.group(2) or "") if match else (message, "")
    path = _steps(where)
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", what, re.DOTALL)
    if unknown:
        return _unknown(path, unknown.group(1), root), [*path, unknown.group(1)]
    missing = re.fullmatch(r"Object missing required field `(.*)`", what)
    if missing:
        return f"{where}: lacks the key '{missing.group(1)}'; add it", path
    annotation = schema.at(root, path) if "..." not in where else None
    if annotation is None:
        return f"{where or 'settings'}: {what[:1].lower()}{what[1:]}", path
    return f"{where}: expected {schema.allowed(annotation)}, got {_quoted(_value(data, path))}", path


def _unknown(path: Sequence[str | int], name: str, root: type[msgspec.Struct]) -> str:
    kind, _ = schema.unwrapped(schema.at(root, path))
    names = [field.encode_name for field in msgspec.structs.fields(kind)]
    return f"{_joined([*path, name[:_SHOWN]])}: unknown key; {nearest(name, names)}"


def _steps(where: str) -> Path:
    steps = re.findall(r"\[\d+\]|\[?\.\.\.\]?|[^.\[\]]+", where)
    return ["..." if "..." in step else int(step[1:-1]) if step.startswith("[") else step for step in steps]


def _joined(path: Sequence[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _value(data: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        data = data[step]
    return data


def _quoted(value: Any) -> str:
    text = schema.toml(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
