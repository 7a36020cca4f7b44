"""Reads the settings: one TOML file, typed and validated; an unknown key is an error that names its full path."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from installation.errors import SettingsError
from installation.files import read_toml
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
    data = read_toml(path, LARGEST_FILE, SettingsError)
    try:
        return parse(data)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def load_usable(path: Path, groups: Sequence[str], skip: Callable[[SettingsError], object]) -> Settings:
    """Read only some groups; a group that is missing or refused, and every other group, gets the defaults.

    ``skip`` is called with each error, also when the whole file is refused. Never fails.
    """
    try:
        data = read_toml(path, LARGEST_FILE, SettingsError)
    except SettingsError as error:
        skip(error)
        return Settings()
    usable = {}
    for group in groups:
        try:
            parse({group: data.get(group, {})})
        except SettingsError as error:
            skip(SettingsError(f"{path}: {error}"))
        else:
            usable[group] = data.get(group, {})
    return parse(usable)


def parse(data: dict[str, Any]) -> Settings:
    """Validate TOML that is parsed already.

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
