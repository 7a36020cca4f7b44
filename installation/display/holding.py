"""The holding card on its own: ``python -m installation.display.holding``.

systemd starts it when the mirror itself cannot start, so it needs no camera, network, broker or collection. Wrong
settings may be the reason why it is needed: it uses the valid groups and defaults for the rest.
"""

import argparse
import logging
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from installation.display import make_display
from installation.display.base import Card, Display, View
from installation.display.words import title_of, usable_words
from installation.errors import DisplayError
from installation.service import journal
from installation.settings import DisplaySettings, Settings, load_usable
from installation.show.commands import Quit

GROUPS: Final = ("installation", "display")
"""The groups of settings that the card needs: for its title and the screen."""
PAUSE = 0.5
"""Seconds between checks of the keyboard."""

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Show the card until SIGTERM or the Quit key; exit status 1 when there is no screen."""
    parser = argparse.ArgumentParser(prog="python -m installation.display.holding", description=main.__doc__)
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, for the screen's mode and rotation")
    args = parser.parse_args(argv)
    journal.configure(identifier="art-installation-card")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    settings = usable_settings(args.config)
    words = usable_words(settings.display.language)
    try:
        with open_display(settings.display) as display:
            hold(display, Card(title=title_of(settings.installation.name, words), text=words.pause), stop)
    except DisplayError as error:
        logger.error("%s", error)  # noqa: TRY400 - one sentence, no stack trace
        return 1
    return 0


def usable_settings(path: Path | None) -> Settings:
    """The settings for name and screen; a group that is missing or refused has the defaults."""
    if path is None:
        return Settings()
    return load_usable(path, GROUPS, lambda error: logger.warning("ignored: %s", error))


@contextmanager
def open_display(settings: DisplaySettings) -> Iterator[Display]:
    """The display of the settings, or else any that opens: a wrong setting must not leave a black screen.

    Raises:
        DisplayError: no screen opens.
    """
    try:
        display = make_display(settings.mode, settings)
        display.open()
    except DisplayError as error:
        logger.warning("%s; trying any screen", error)
        display = make_display("auto", DisplaySettings(rotation=settings.rotation))
        display.open()
    try:
        yield display
    finally:
        display.close()


def hold(display: Display, card: Card, stop: threading.Event) -> None:
    """Show the card until ``stop`` is set or somebody presses the Quit key."""
    while not stop.is_set():
        display.show(View(card=card))
        if any(isinstance(command, Quit) for command in display.events()):
            return
        stop.wait(PAUSE)


if __name__ == "__main__":
    raise SystemExit(main())
