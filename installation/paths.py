"""Where things are kept on this machine."""

import os
from pathlib import Path

_NAME = "art-installation"


def state_folder(chosen: str) -> Path | None:
    """The folder for what is worth remembering over restarts, made if need be.

    In this order: ``chosen`` (the setting ``paths.state``), systemd's ``$STATE_DIRECTORY``, the user's own.
    None where it cannot be made: then nothing is remembered, and all works the same.
    """
    chosen = chosen or os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    folder = from_person(chosen) if chosen else _user_state() / _NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def collection_folder(chosen: str) -> Path | None:
    """The collection's folder as the setting ``paths.collection`` names it, None for the one shipped."""
    return from_person(chosen) if chosen else None


def from_person(text: str) -> Path:
    """A path as people write it; ``~`` is their home, ``~name`` somebody's, or itself if there is nobody."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def _user_state() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
