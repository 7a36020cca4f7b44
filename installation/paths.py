"""Where things are kept on this machine."""

import os
from pathlib import Path

_NAME = "art-installation"


def state_folder(chosen: str) -> Path | None:
    """The folder for state that survives a restart; created if missing.

    In this order: ``chosen`` (the setting ``paths.state``), systemd's ``$STATE_DIRECTORY``, the user's own.
    None where it cannot be created: nothing is kept then, and everything else works.
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
    """Expand a path that a person wrote: ``~`` is the user's home, ``~name`` another user's; an unknown name stays."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def _user_state() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
