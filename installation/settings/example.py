"""The commented example of a settings file, generated from the settings' types."""

import textwrap
from typing import Any, Final

import msgspec

from installation.settings import schema
from installation.settings.model import Settings

_WIDTH: Final = 118
_HEAD: Final = """\
# Settings of an art-installation. Every key is optional; the values shown are the defaults.
# Check a file with: art-installation check-config FILE
"""
_SAMPLES: Final = {
    "show.opening": '[{ days = ["tue", "wed"], opens = "10:00", closes = "18:00" }]',
    "show.exceptions": '[{ date = "2026-12-25" }, { date = "2026-12-31", opens = "18:00", closes = "01:00" }]',
    "show.playlist": '[{ days = ["sat", "sun"], styles = ["great-wave", "scream"] }]',
    "show.strengths": "{ scream = 0.8 }",
    "buttons.styles": '{ 5 = "great-wave", 6 = "scream" }',
    "buttons.next": "17",
    "buttons.previous": "27",
    "buttons.encoder": "[23, 24]",
}
"""Samples for keys whose default does not show what a value looks like; they are written as comments."""


def example() -> str:
    """TOML text with every key, its meaning, its allowed values and its default."""
    parts = [_HEAD]
    for group in msgspec.structs.fields(Settings):
        parts.append(f"\n[{group.name}]\n")
        parts.extend(_key(group.name, key) for key in msgspec.structs.fields(group.type))
    return "".join(parts)


def _key(group: str, key: msgspec.structs.FieldInfo) -> str:
    comment = f"{schema.description(key.type)} Allowed: {schema.allowed(key.type)}."
    lines = textwrap.wrap(comment, _WIDTH, initial_indent="# ", subsequent_indent="# ")
    return "\n".join([*lines, *_assignment(group, key)]) + "\n"


def _assignment(group: str, key: msgspec.structs.FieldInfo) -> list[str]:
    default: Any = key.default if key.default_factory is msgspec.NODEFAULT else key.default_factory()
    lines = [] if default is None else [f"{key.name} = {schema.toml(default)}"]
    sample = _SAMPLES.get(f"{group}.{key.name}")
    return [f"# {key.name} = {sample}", *lines] if sample else lines
