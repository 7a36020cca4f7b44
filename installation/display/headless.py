"""A display without a screen: for tests, and for machines without one."""

from installation.display.base import View
from installation.display.geometry import Size, upright
from installation.settings import DisplaySettings
from installation.show.commands import Command


class HeadlessDisplay:
    """Keeps the last view. ``press`` replaces the keyboard; the size is that of the settings' window."""

    def __init__(self, settings: DisplaySettings | None = None) -> None:
        settings = settings or DisplaySettings()
        self.name = "headless"
        self.driver = "none"
        self.view: View | None = None
        """What is on screen now; its picture is the painter's own buffer."""
        self.shown = 0
        self.canvas: Size = upright((settings.width, settings.height), settings.rotation)
        self.stages = {"compose": 0.0, "show": 0.0}
        self._commands: list[Command] = []

    def problem(self) -> str:
        """Always empty: headless was chosen."""
        return ""

    def open(self) -> None:
        """Nothing to open."""

    def show(self, view: View) -> None:
        """Keep the view."""
        self.view = view
        self.shown += 1

    def press(self, command: Command) -> None:
        """Issue a command, as a key would."""
        self._commands.append(command)

    def events(self) -> list[Command]:
        """Commands pressed since the last call."""
        commands, self._commands = self._commands, []
        return commands

    def close(self) -> None:
        """Nothing to close."""
