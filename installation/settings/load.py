"""Reads the settings: one TOML file, typed and validated; an unknown key is an error that names its full path."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from installation.errors import SettingsError
from installation.settings.cross_field import first_conflict
from installation.settings.model import Settings
from installation.settings.validation_message import validation_message

LARGEST_FILE: Final = 64 * 1024


def load(path: Path) -> Settings:
    """Read and validate a TOML settings file.

    Raises:
        SettingsError: the file cannot be read, is too large or not TOML, a key is unknown, of the wrong type or out of
            range, or two keys contradict each other.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from None
    if len(raw) > LARGEST_FILE:
        raise SettingsError(f"{path}: is larger than {LARGEST_FILE // 1024} KB, no settings file; check the path")
    try:
        return parse(_toml(raw))
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def parse(data: dict[str, Any]) -> Settings:
    """Validate already parsed TOML.

    Raises:
        SettingsError: as for `load`; the message begins with the key's full path.
    """
    try:
        settings = msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(validation_message(str(error), data, Settings)) from None
    problem = first_conflict(settings)
    if problem:
        raise SettingsError(problem)
    return settings


def with_groups(settings: Settings, **groups: Mapping[str, object]) -> Settings:
    """The settings with some keys of some groups replaced, not validated; None leaves a key as it is."""
    changed = {
        name: msgspec.structs.replace(
            getattr(settings, name), **{key: value for key, value in keys.items() if value is not None}
        )
        for name, keys in groups.items()
    }
    return msgspec.structs.replace(settings, **changed)


def _toml(raw: bytes) -> dict[str, Any]:
    try:
        # Notepad puts a byte order mark first.
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError("is not UTF-8 text; save it as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"is not valid TOML ({error}); correct it") from None
