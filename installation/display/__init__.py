"""Displays, chosen by ``display.mode``."""

import os
from typing import TYPE_CHECKING

from installation.display.base import Display
from installation.errors import DisplayError
from installation.settings import DisplaySettings

if TYPE_CHECKING:
    from installation.display.sheet import Sheet

__all__ = ["Display", "make_display", "make_sheet", "missing"]


def make_display(mode: str, settings: DisplaySettings) -> Display:
    """Return the screen for ``mode`` (auto, fullscreen, window or headless), not yet opened.

    Raises:
        DisplayError: the library for it is not installed.
        UsageError: ``display.plugin`` names a plug-in that is not installed.
    """
    if settings.plugin:
        from installation.plugins import factory

        display: Display = factory("displays", settings.plugin)(settings)
        return display
    if mode == "headless":
        from installation.display.headless import HeadlessDisplay

        return HeadlessDisplay(settings)
    _quiet()
    try:
        from installation.display.window import WindowDisplay
    except ImportError as error:
        raise DisplayError(f"no window can be opened ({error}); install pygame, or choose --display headless") from None
    return WindowDisplay(mode, settings)


def make_sheet(width: int, height: int, settings: DisplaySettings) -> "Sheet":
    """Return an off-screen display of this size, to draw views on; ``settings`` as for a real one.

    Raises:
        DisplayError: the library for it is not installed.
    """
    _quiet()
    try:
        from installation.display.sheet import Sheet
    except ImportError as error:
        raise DisplayError(f"nothing can be drawn ({error}); install pygame") from None
    return Sheet((width, height), settings)


def missing() -> str:
    """Why this machine cannot show anything, as one sentence with its cure; empty where it can."""
    _quiet()
    try:
        from installation.display.window import reachable
    except ImportError as error:
        return f"no window can be opened ({error}); install pygame"
    return reachable()


def _quiet() -> None:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # read when pygame is imported
