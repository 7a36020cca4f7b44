"""Reads the settings: one TOML file, typed and validated; an unknown key is an error that names its full path."""

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from installation.errors import SettingsError
from installation.files import read_toml
from installation.settings.cross_field import conflicts
from installation.settings.model import Settings
from installation.settings.validation_message import Path as KeyPath
from installation.settings.validation_message import validation_message

LARGEST_FILE: Final = 64 * 1024
MOST_PROBLEMS: Final = 50
"""Most errors that are reported for one file."""


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
        others = len(problems(data)) - 1
        more = f" (and {others} more: art-installation check-config {path} lists them)" if others > 0 else ""
        raise SettingsError(f"{path}: {error}{more}") from None


def problems_of(path: Path) -> list[str]:
    """All that is wrong in a settings file, a sentence each that begins with the key's path; empty when all is well.

    Raises:
        SettingsError: the file cannot be read, is too large or not TOML.
    """
    return problems(read_toml(path, LARGEST_FILE, SettingsError))


def problems(data: Mapping[str, Any]) -> list[str]:
    """All that is wrong in parsed TOML: of each list one thing, and at last what contradicts each other.

    What is wrong is taken out, so that the next can be found.
    """
    rest = copy.deepcopy(dict(data))
    found: list[str] = []
    while len(found) < MOST_PROBLEMS:
        try:
            settings = msgspec.convert(rest, Settings)
        except msgspec.ValidationError as error:
            sentence, where = validation_message(str(error), rest, Settings)
            found.append(sentence)
            if not _take_out(rest, where):
                break
        else:
            return found + conflicts(settings)
    return found


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
        raise SettingsError(validation_message(str(error), data, Settings)[0]) from None
    found = conflicts(settings)
    if found:
        raise SettingsError(found[0])
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


def _take_out(data: dict[str, Any], where: KeyPath) -> bool:
    """Remove the value at a path, or its whole list or table where the place is unknown; returns whether it could."""
    names = []
    for step in where:
        if isinstance(step, int) or step == "...":
            break
        names.append(step)
    table = data
    for name in names[:-1]:
        table = table[name]
    return bool(names) and table.pop(names[-1], None) is not None
