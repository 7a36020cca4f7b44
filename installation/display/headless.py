"""A screen that nobody sees: for tests, and for machines without one."""

from installation.display.base import View
from installation.wishes import Wish


class HeadlessDisplay:
    """Keeps the last view. ``press`` stands in for the keyboard."""

    def __init__(self) -> None:
        self.name = "headless"
        self.driver = "none"
        self.view: View | None = None
        """What is on screen now; its picture is the painter's own buffer."""
        self.shown = 0
        self._wishes: list[Wish] = []

    def open(self) -> None:
        """Nothing to open."""

    def show(self, view: View) -> None:
        """Keep the view."""
        self.view = view
        self.shown += 1

    def press(self, wish: Wish) -> None:
        """Ask for something, as a key would."""
        self._wishes.append(wish)

    def events(self) -> list[Wish]:
        """What was pressed since the last call."""
        wishes, self._wishes = self._wishes, []
        return wishes

    def close(self) -> None:
        """Nothing to close."""
