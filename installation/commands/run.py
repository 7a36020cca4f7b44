"""``art-installation run``: the mirror."""

import argparse
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from installation.commands.early_signals import EarlySignals
from installation.errors import InstallationError, OutputError, UsageError

if TYPE_CHECKING:
    from installation.mirror.loop import Mirror
    from installation.service.systemd import Notifier
    from installation.settings import Settings

logger = logging.getLogger(__name__)

LEAVE_SECONDS = 4.0
"""Seconds that a driver which hangs while closing may delay the end of the process."""
REMAKE_SECONDS = 60.0
"""Longest time from a reload to the first picture; the runtimes may be timed meanwhile."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``run`` to the command line."""
    parser = subparsers.add_parser("run", help="run the mirror", description="Run the mirror until it is stopped.")
    parser.add_argument("--broker", metavar="URL", help="mqtt://HOST, mqtts://HOST, embedded or none")
    add_options(parser)
    parser.set_defaults(func=run)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that ``run`` and ``demo`` share."""
    parser.add_argument("--config", type=Path, metavar="F", help="settings file (TOML)")
    parser.add_argument("--collection", type=Path, metavar="DIR", help="another collection than the one shipped")
    parser.add_argument("--size", metavar="N", help="cost class of the picture, or auto")
    parser.add_argument("--rotation", type=int, choices=(0, 90, 180, 270), help="degrees that the screen is turned")
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
    from installation.network import memory
    from installation.service import journal
    from installation.service.starts import Starts
    from installation.service.terminal import make_notifier

    journal.configure(logging.DEBUG if args.verbose else logging.INFO)
    settings: Settings | None = settings_of(args)
    starts = Starts(os.environ.get("RUNTIME_DIRECTORY"))
    notifier = make_notifier()
    mode = starts.begin()
    if mode:
        logger.error("%s; until then the bundled clip is shown, with the settings as they were shipped", mode)
        settings = safe(settings_of(args))
    try:
        with Reloading(lambda: checked(args)) as reloading:
            while settings is not None:
                status = run_mirror(settings, args, notifier=notifier, reloading=reloading, mode=mode)
                settings, mode = reloading.taken(), ""
                if settings is not None:
                    gc.collect()  # the old mirror's parts refer to each other: else its buffers stay for a while
                    memory.give_back()
                    notifier.starting(REMAKE_SECONDS)
    except Exception:
        raise
    except BaseException:  # a signal before the mirror ran: the end was asked for
        starts.end()
        raise
    starts.end()
    return status


def safe(settings: "Settings") -> "Settings":
    """The settings as they were shipped, but for who it is, how it is reached, and how its screen hangs."""
    from installation.camera import bundled_clip
    from installation.settings import Settings, with_groups

    kept = Settings(
        installation=settings.installation, broker=settings.broker, page=settings.page, display=settings.display
    )
    return with_groups(kept, camera={"source": f"video:{bundled_clip()}"}, paths={"state": settings.paths.state})


def settings_of(args: argparse.Namespace) -> "Settings":
    """The settings file, with the command line's word put over it."""
    from installation import settings as settings_module
    from installation.settings import with_groups

    settings = settings_module.load(args.config) if args.config else settings_module.Settings()
    if args.broker:
        settings = with_groups(settings, broker={"url": args.broker})
    return with_options(settings, args)


def checked(args: argparse.Namespace) -> "Settings":
    """The settings as they are now, once all that a mirror is made of was looked at; slow.

    Raises:
        InstallationError: a part is broken; none of it may count then.
    """
    from installation.collection import Collection
    from installation.network.tflite import NetworkFile
    from installation.paths import collection_folder

    settings = settings_of(args)
    collection = Collection.load(collection_folder(settings.paths.collection))
    collection.for_network(NetworkFile.load(collection.network_path))
    return settings


def with_options(settings: "Settings", args: argparse.Namespace) -> "Settings":
    """The settings with the command line's options applied."""
    from installation.settings import with_groups

    if args.frames is not None and args.frames < 1:
        raise UsageError(f"--frames {args.frames}: must be 1 or more")
    return with_groups(
        settings,
        camera={"source": args.camera},
        network={"size": None if args.size is None else cost_class(args.size)},
        display={"mode": args.display, "rotation": args.rotation},
        show={"style": args.style},
        paths={"collection": None if args.collection is None else str(args.collection)},
    )


def cost_class(text: str) -> int | str:
    """The cost class that ``--size`` names.

    Raises:
        UsageError: there is no such class.
    """
    from installation.network.sizes import CLASSES

    if text == "auto":
        return "auto"
    found = next((one for one in CLASSES if str(one) == text), None)
    if found is None:
        raise UsageError(f"--size {text[:20]}: choose from auto, {', '.join(map(str, CLASSES))}")
    return found


def run_mirror(
    settings: "Settings",
    args: argparse.Namespace,
    page_address: str = "",
    notifier: "Notifier | None" = None,
    reloading: "Reloading | None" = None,
    mode: str = "",
) -> int:
    """Run a mirror to its end, write the report if one is wanted, return the exit status.

    ``page_address`` is the address of an embedded broker's page; empty is loopback. ``notifier`` is the
    process's, where it runs one mirror after another. ``mode`` is why it runs in safe mode; empty if it does not.
    """
    if args.report is not None and not args.report.absolute().parent.is_dir():
        raise OutputError(f"{args.report}: there is no such folder; make it, or choose another")
    with EarlySignals() as signals:
        return _run_mirror(settings, args, page_address, notifier, reloading, mode, signals)


def _run_mirror(
    settings: "Settings",
    args: argparse.Namespace,
    page_address: str,
    notifier: "Notifier | None",
    reloading: "Reloading | None",
    mode: str,
    signals: EarlySignals,
) -> int:
    from installation.mirror import report as report_module
    from installation.mirror.assembly import assembled

    strict = any(given is not None for given in (args.camera, args.style, args.frames))
    embedded = settings.broker.url == "embedded"
    with (
        embedded_broker(settings, page_address) if embedded else nullcontext((settings, "")) as (reachable, link),
        Deadline(LEAVE_SECONDS) as deadline,
        assembled(
            reachable, strict=strict and not mode, paced=not args.unpaced, mode=mode, notifier=notifier
        ) as mirror,
        stopping_on_signals(mirror, reloading),
    ):
        signals.check()
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
    from installation.service.terminal import fresh_line

    print(f"{fresh_line(sys.stdout)}Visitor page: {link}")
    if not reachable:
        print("It opens on this computer only; for phones there is: art-installation demo --lan", flush=True)
        return
    print(
        "It opens on every phone in this network: until the demo ends, whoever has this\n"
        "link chooses what the mirror shows. Nothing else can be reached, and no picture\n"
        "leaves this computer. A phone that finds nothing is in another network, or a\n"
        f"firewall keeps port {urlsplit(link).port} of this computer closed.",
        flush=True,
    )
    if sys.stdout.isatty():
        import segno

        segno.make(link, micro=False).terminal(compact=True)


@contextmanager
def stopping_on_signals(mirror: "Mirror", reloading: "Reloading | None" = None) -> Iterator[None]:
    """The first SIGTERM or SIGINT ends the mirror after the current frame; a second one ends the process.

    So does a reload, but for the next mirror.
    """

    def stop(signum: int, _frame: object) -> None:
        signal.signal(signum, before[signum])
        if reloading is not None:
            reloading.cancel()
        mirror.stop()

    before: dict[int, Any] = {signum: signal.signal(signum, stop) for signum in (signal.SIGTERM, signal.SIGINT)}
    try:
        with reloading.ending(mirror.stop) if reloading is not None else nullcontext():
            yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


class Reloading:
    """Takes SIGHUP: ``read`` gives new settings, in a thread beside the mirror; only when all is well the mirror ends.

    Then the next one is made of the new settings, in the same process.
    """

    def __init__(self, read: Callable[[], "Settings"]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._settings: Settings | None = None
        self._end: Callable[[], None] | None = None
        self._thread: threading.Thread | None = None
        self._cancelled = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if hasattr(signal, "SIGHUP"):
            self._before = signal.signal(signal.SIGHUP, lambda *_: self.ask())
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, self._before)

    def ask(self) -> None:
        """Read again, unless that is being done; returns at once."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="reload", daemon=True)
            self._thread.start()

    def taken(self) -> "Settings | None":
        """The new settings, once; None where nothing was reloaded, or the end was asked for."""
        with self._lock:
            settings, self._settings = self._settings, None
            return None if self._cancelled else settings

    def cancel(self) -> None:
        """The end was asked for: nothing is reloaded any more."""
        self._cancelled = True

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Have ``end`` called once new settings are there."""
        with self._lock:
            self._end = end
            if self._settings is not None:  # they came while this mirror was being made
                end()
        try:
            yield
        finally:
            self._end = None

    def _work(self) -> None:
        try:
            settings = self._read()
        except InstallationError as error:
            logger.warning("not reloaded, all stays as it is: %s", error)
            return
        logger.info("settings and collection are sound: the mirror is made anew")
        with self._lock:
            self._settings = settings
            if self._end is not None:
                self._end()


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
