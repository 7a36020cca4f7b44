"""The holding card on its own: ``python -m installation.display.holding``.

systemd starts it when the mirror itself cannot start, so it needs no camera, network, broker or collection, and takes
the built-in settings where those in the file are refused (they may be the reason why it is needed).
"""

import argparse
import logging
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from installation.display import make_display
from installation.display.base import Card, Display, View
from installation.errors import DisplayError, SettingsError
from installation.service import journal
from installation.settings import Settings, load
from installation.wishes import Quit

PAUSE = 0.5
"""Seconds between two looks at the keyboard."""
TEXT = "This picture takes a short break. It comes back by itself."

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Show the card until SIGTERM or the Quit key; exit status 1 when there is no screen to show it on."""
    parser = argparse.ArgumentParser(prog="python -m installation.display.holding", description=main.__doc__)
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, for the screen's mode and rotation")
    args = parser.parse_args(argv)
    journal.configure(identifier="art-installation-card")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    settings = settings_or_defaults(args.config)
    display = make_display(settings.display.mode, settings.display)
    try:
        display.open()
        hold(display, Card(title=settings.installation.name, text=TEXT), stop)
    except DisplayError as error:
        logger.error("%s", error)
        return 1
    finally:
        display.close()
    return 0


def settings_or_defaults(path: Path | None) -> Settings:
    """The settings in the file, or the built-in ones if there is none or it is refused."""
    if path is None:
        return Settings()
    try:
        return load(path)
    except SettingsError as error:
        logger.warning("settings ignored: %s", error)
        return Settings()


def hold(display: Display, card: Card, stop: threading.Event) -> None:
    """Keep the card on screen until ``stop`` is set or somebody presses Quit."""
    while not stop.is_set():
        display.show(View(card=card))
        if any(isinstance(wish, Quit) for wish in display.events()):
            return
        stop.wait(PAUSE)


if __name__ == "__main__":
    raise SystemExit(main())
