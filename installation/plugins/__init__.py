"""Plug-ins: cameras, displays and buttons of other packages, found by their entry points.

A package names a factory under ``art_installation.cameras``, ``art_installation.displays`` or
``art_installation.buttons`` in its metadata. Only the one that the settings name is ever imported.
"""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, Literal

from installation.errors import UsageError

Kind = Literal["cameras", "displays", "buttons"]


def factory(kind: Kind, name: str) -> Callable[..., Any]:
    """The factory that a package names so.

    Raises:
        UsageError: no installed package has it, or it cannot be imported.
    """
    group = f"art_installation.{kind}"
    found = entry_points(group=group, name=name)
    if not found:
        names = ", ".join(sorted(entry_points(group=group).names)) or "none"
        raise UsageError(f"no package offers '{name}' under {group} (there is: {names}); install it beside the mirror")
    try:
        made: Callable[..., Any] = next(iter(found)).load()
    except Exception as error:  # noqa: BLE001 - other people's code, which may raise anything as it is imported
        raise UsageError(f"the plug-in '{name}' of {group} cannot be loaded ({error}); update or remove it") from None
    return made
