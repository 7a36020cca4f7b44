"""``art-installation run``: the mirror."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from installation.errors import OutputError, UsageError

if TYPE_CHECKING:
    from installation.mirror.loop import Mirror
    from installation.settings import Settings

LEAVE_SECONDS = 4.0
"""Seconds that a driver which hangs while closing may delay the end of the process."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``run`` to the command line."""
    parser = subparsers.add_parser("run", help="the mirror", description="Run the mirror until it is stopped.")
    parser.add_argument("--config", type=Path, metavar="F", help="settings file (TOML)")
    parser.add_argument("--broker", metavar="URL", help="mqtt://HOST, mqtts://HOST, embedded or none")
    add_options(parser)
    parser.set_defaults(func=run)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that ``run`` and ``demo`` share."""
    parser.add_argument(
        "--camera", metavar="SOURCE", help="auto, picamera, webcam[:N], video:PATH, stills:DIR or synthetic"
    )
    parser.add_argument("--display", choices=("auto", "fullscreen", "window", "headless"), help="where to show it")
    parser.add_argument("--style", metavar="NAME", help="style to start with")
    parser.add_argument("--frames", type=int, metavar="N", help="stop after N pictures")
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="write what was measured")
    parser.add_argument(
        "--unpaced", action="store_true", help="take clips and the synthetic camera as fast as they can be painted"
    )


def run(args: argparse.Namespace) -> int:
    """Run the mirror; returns the exit status."""
    from installation import settings as settings_module
    from installation.service import journal
    from installation.settings import with_groups

    journal.configure(logging.DEBUG if args.verbose else logging.INFO)
    settings = settings_module.load(args.config) if args.config else settings_module.Settings()
    if args.broker:
        settings = with_groups(settings, broker={"url": args.broker})
    return run_mirror(with_options(settings, args), args)


def with_options(settings: "Settings", args: argparse.Namespace) -> "Settings":
    """The settings with the command line's options applied."""
    from installation.settings import with_groups

    if args.frames is not None and args.frames < 1:
        raise UsageError(f"--frames {args.frames}: must be 1 or more")
    return with_groups(
        settings,
        camera={"source": args.camera},
        display={"mode": args.display},
        show={"style": args.style},
    )


def run_mirror(settings: "Settings", args: argparse.Namespace, page_address: str = "") -> int:
    """Run a mirror to its end, write the report if one is wanted, return the exit status.

    ``page_address`` is the address of an embedded broker's page; empty is loopback.
    """
    from installation.mirror import report as report_module
    from installation.mirror.assembly import assembled

    if args.report is not None and not args.report.absolute().parent.is_dir():
        raise OutputError(f"{args.report}: there is no such folder; make it, or choose another")
    strict = any(given is not None for given in (args.camera, args.style, args.frames))
    embedded = settings.broker.url == "embedded"
    with (
        embedded_broker(settings, page_address) if embedded else nullcontext((settings, "")) as (reachable, link),
        Deadline(LEAVE_SECONDS) as deadline,
        assembled(reachable, strict=strict, paced=not args.unpaced) as mirror,
        stopping_on_signals(mirror),
    ):
        if embedded:
            tell_link(link, reachable=bool(page_address))
        try:
            report = mirror.run(args.frames)
        finally:
            deadline.start()
    if args.report is not None:
        report_module.write(report, args.report)
    return mirror.status


def embedded_broker(settings: "Settings", address: str) -> "AbstractContextManager[tuple[Settings, str]]":
    """A broker and the visitor page; gives the settings that reach it, and the page's link. Slow to import."""
    from installation.control.web.embedded import LOOPBACK, broker_for

    return broker_for(settings, address or LOOPBACK)


def tell_link(link: str, *, reachable: bool) -> None:
    """Print the page's link and who can open it; as a QR code too, if phones can and the output is a terminal."""
    print(f"Visitor page: {link}")
    if not reachable:
        print("It opens on this computer only; for phones there is: art-installation demo --lan", flush=True)
        return
    print(
        "It opens on every phone in this network: whoever has this link chooses what the mirror shows, until it ends.\n"
        "Nothing else can be reached, and no picture leaves this computer. A phone that finds nothing is in another\n"
        f"network, or a firewall keeps port {urlsplit(link).port} of this computer closed.",
        flush=True,
    )
    if sys.stdout.isatty():
        import segno

        segno.make(link, micro=False).terminal(compact=True)


@contextmanager
def stopping_on_signals(mirror: "Mirror") -> Iterator[None]:
    """The first SIGTERM or SIGINT ends the mirror after the current frame; a second one ends the process."""

    def stop(signum: int, _frame: object) -> None:
        signal.signal(signum, before[signum])
        mirror.stop()

    before: dict[int, Any] = {signum: signal.signal(signum, stop) for signum in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


class Deadline:
    """Ends the process when its parts do not stop in time: a driver can hang while it is closed."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, os._exit, (1,))
        self._timer.daemon = True

    def start(self) -> None:
        """Count from now."""
        self._timer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
