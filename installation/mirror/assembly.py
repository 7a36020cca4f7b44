"""Assembles a mirror from the settings."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from installation.camera import Camera, make_camera
from installation.camera.capture import Capture
from installation.collection import Collection
from installation.control.buttons import open_buttons
from installation.control.mqtt.client import Control
from installation.control.mqtt.info import InstallationInfo
from installation.display import make_display
from installation.display.base import Display, View
from installation.display.flash_limiter import FlashLimiter
from installation.display.words import Words, usable_words
from installation.errors import DisplayError, InstallationError, SettingsError
from installation.fault_log import FaultLog
from installation.files import remove_unfinished
from installation.frame import PictureSize
from installation.mirror import cards
from installation.mirror.governor import ClassGovernor
from installation.mirror.loop import Mirror, Parts
from installation.mirror.presence_watch import PresenceWatch
from installation.mirror.presenter import Presenter, identity_lines
from installation.mirror.requests import Reloaded, RequestHandler
from installation.mirror.sizing import PictureSizer
from installation.mirror.souvenirs import Souvenirs
from installation.mirror.telemetry import Telemetry
from installation.network.runtime import Choice
from installation.network.sizes import CLASSES, class_size
from installation.network.tflite import SIZE, NetworkFile
from installation.network.tuning import make_sure, starting_class, tune
from installation.painter.denoise import Denoiser
from installation.painter.live import LivePainter
from installation.painter.print_apart import print_apart
from installation.painter.stylizer import Stylizer
from installation.paths import collection_folder, state_folder
from installation.service.clock import WallClock
from installation.service.health import HealthFile, Meter, count_start
from installation.service.journal import RecentLines
from installation.service.systemd import Notifier
from installation.service.terminal import make_notifier
from installation.settings import Settings, ShowSettings
from installation.show.director import Director
from installation.show.offer import Offer
from installation.show.queue import CommandQueue
from installation.text.nearest import nearest
from installation.version import version

SCREEN_PAUSE = 0.5
"""Seconds between two attempts to open the screen."""
SCREEN_PATIENCE = 30.0
"""Seconds requested from systemd for the next attempt."""

logger = logging.getLogger(__name__)


@contextmanager
def assembled(
    settings: Settings,
    *,
    strict: bool = False,
    paced: bool = True,
    mode: str = "",
    notifier: Notifier | None = None,
) -> Iterator[Mirror]:
    """Yield a mirror with its screen open and its camera started; always stop all parts in the end.

    With ``strict``, for a person at a terminal, a missing part is an error instead of a reason to wait. Unless
    ``paced``, clips and the drawn scene come as fast as they are painted, for measurements. ``mode`` is why it runs in
    safe mode, for the health report. ``notifier`` is the process's, where it runs one mirror after another.

    Raises:
        InstallationError: a part that the mirror cannot do without (collection, network, runtime, screen) fails.
    """
    with ExitStack() as stack:
        recent = RecentLines()
        logging.getLogger().addHandler(recent)
        stack.callback(logging.getLogger().removeHandler, recent)
        notifier = notifier or make_notifier()
        notifier.status("starting")
        remove_unfinished(state_folder(settings.paths.state))
        collection, file, problem = usable_collection(settings, strict=strict)
        collection = own_strengths(collection, settings.show)
        offer = Offer.of(collection, settings.show, skip=None if strict else leave_out)
        display = opened_display(settings, notifier, strict=strict)
        stack.callback(display.close)
        words = usable_words(settings.display.language)
        display.show(View(card=cards.starting(settings.installation.name, words)))
        governor = make_governor(file, collection, settings, display.canvas)
        size = class_size(governor.cost_class, display.canvas[0] / display.canvas[1])
        # Nobody but the painter holds the stylizer: a reload gives its memory back.
        painter = LivePainter(
            collection,
            file,
            make_stylizer(file, collection, settings, size),
            Denoiser(size, settings.camera.denoise),
        )

        def new_camera() -> Camera:
            return make_camera(settings.camera.source, settings.camera, size, paced=paced)

        capture = Capture(new_camera, settings.camera, wait_until_taken=not paced, quiet_start=strict)
        stack.callback(capture.stop)
        capture.start()
        queue = CommandQueue()
        runtime_folder = os.environ.get("RUNTIME_DIRECTORY")
        control = Control(settings, describe(settings, file, offer), queue)
        stack.callback(control.stop)
        control.start()
        buttons = open_buttons(settings.buttons, queue.put)
        if buttons is not None:
            stack.callback(buttons.close)

        def reopened(file: NetworkFile, choice: Choice, size: PictureSize) -> Stylizer:
            return open_stylizer(file, choice, size, settings, painter.collection)

        parts = joined(
            settings,
            capture=capture,
            painter=painter,
            display=display,
            director=Director(settings.show, offer, time.monotonic()),
            queue=queue,
            control=control,
            notifier=notifier,
            sizer=PictureSizer(governor, painter, capture, display, reopened),
            read_collection=lambda: read_collection(settings, painter),
            words=words,
            clock=WallClock(),
            runtime_folder=runtime_folder,
            mode=mode or problem,
            log=recent.lines,
        )
        stack.callback(notifier.stopping)
        yield Mirror(parts, fps=settings.camera.fps, strict=strict)


def joined(
    settings: Settings,
    *,
    capture: Capture,
    painter: LivePainter,
    display: Display,
    director: Director,
    queue: CommandQueue,
    control: Control,
    notifier: Notifier,
    sizer: PictureSizer,
    read_collection: Callable[[], Reloaded],
    words: Words,
    clock: WallClock,
    runtime_folder: str | None,
    mode: str,
    log: Callable[[], list[str]] = list,
) -> Parts:
    """Make all parts of a mirror from those that are open already."""
    meter = Meter()
    watch = PresenceWatch() if settings.show.presence else None
    presenter = Presenter(
        settings,
        lambda name: painter.collection[name],  # another one after a reload
        lambda: identity_lines(settings.installation, version()),
        words,
    )
    souvenirs = Souvenirs(
        settings.souvenir,
        words,
        lambda pixels, vector: print_apart(painter.file, pixels, vector, flip=settings.display.mirror),
        control,
        lambda scene: painter.collection.vector(scene.mix, scene.strength),
    )
    telemetry = Telemetry(
        notifier,
        control,
        capture,
        meter,
        painter,
        sizer,
        clock,
        display,
        HealthFile(runtime_folder),
        version=version(),
        restarts=count_start(runtime_folder),
        mode=mode,
        watch=watch,
        souvenir=lambda: souvenirs.problem,
    )
    return Parts(
        capture=capture,
        painter=painter,
        display=display,
        director=director,
        queue=queue,
        control=control,
        sizer=sizer,
        presenter=presenter,
        requests=RequestHandler(read_collection, snapshots=settings.broker.snapshot, log=log),
        souvenirs=souvenirs,
        telemetry=telemetry,
        meter=meter,
        clock=clock,
        limiter=FlashLimiter(),
        watch=watch,
        version=version(),
    )


def usable_collection(settings: Settings, *, strict: bool) -> tuple[Collection, NetworkFile, str]:
    """The collection of the settings, or the one shipped where that one is broken; its network; what is wrong, or "".

    At start a broken style is left out, so that the exhibit opens; a reload refuses it.

    Raises:
        InstallationError: both are broken; or, with ``strict``, the one of the settings is.
    """
    chosen = collection_folder(settings.paths.collection)
    try:
        return *sound_collection(chosen), ""
    except InstallationError as error:
        if strict or chosen is None:
            raise
        problem = f"the collection is broken, the one shipped is shown: {error}"
        logger.error("%s", problem)  # noqa: TRY400 - a sentence, no traceback
    return *sound_collection(None), problem


def sound_collection(folder: Path | None) -> tuple[Collection, NetworkFile]:
    """The collection in a folder, or the one shipped, without its broken styles; and its network.

    Raises:
        InstallationError: its network is broken, or no style is left.
    """
    collection = Collection.load(folder, skip=leave_out)
    file = NetworkFile.load(collection.network_path)
    return collection.for_network(file, skip=leave_out), file


def opened_display(settings: Settings, notifier: Notifier, *, strict: bool) -> Display:
    """The screen, open. Where systemd started the mirror, it waits for one as long as it takes: no one reads an error.

    Raises:
        DisplayError: the library for it is missing; or no screen opens, and a person started the mirror.
        CameraError: with ``strict``, no screen opens, and no camera either.
    """
    display = make_display(settings.display.mode, settings.display)
    faults = FaultLog(logger, "the screen")
    while True:
        try:
            display.open()
        except DisplayError as error:
            if strict:  # check what a person typed first
                check_camera(settings)
            if strict or "NOTIFY_SOCKET" not in os.environ:
                raise
            faults.fault(f"waiting for the screen: {error}")
            notifier.status(f"waiting for the screen: {error}")
            notifier.alive(SCREEN_PATIENCE)
            time.sleep(SCREEN_PAUSE)
        else:
            return display


def check_camera(settings: Settings) -> None:
    """Open the camera once, as a test.

    Raises:
        CameraError: there is no camera, or it does not work.
    """
    camera = make_camera(settings.camera.source, settings.camera, SIZE)
    try:
        camera.open()
    finally:
        camera.close()


def make_governor(
    file: NetworkFile, collection: Collection, settings: Settings, canvas: tuple[int, int]
) -> ClassGovernor:
    """The governor of the cost class; times the network first if it is new on this machine.

    No class paints more pixels than the screen has.
    """
    wanted, fps = settings.network.size, settings.camera.fps
    state, vector = state_folder(settings.paths.state), collection[collection.names[0]].vector
    first = starting_class(file, settings.network, fps, state, vector)
    if wanted != "auto":
        return ClassGovernor(first, [first], fps, "set by network.size")
    useful = [one for one in CLASSES if one * one <= canvas[0] * canvas[1]] or [CLASSES[0]]
    start = min(first, useful[-1])
    reason = f"the largest that should hold {fps:g} pictures a second" if start == first else "the screen has no more"
    return ClassGovernor(start, useful, fps, reason)


def make_stylizer(file: NetworkFile, collection: Collection, settings: Settings, size: PictureSize) -> Stylizer:
    """The network, opened in the fastest way; timed first if it is new on this machine."""
    state, vector = state_folder(settings.paths.state), collection[collection.names[0]].vector
    # Where the class may change, choose the runtime once, at the size that the class was chosen by.
    timed = SIZE if settings.network.size == "auto" else size
    choice = tune(file, settings.network, timed, state, vector=vector)
    return open_stylizer(file, choice, size, settings, collection)


def open_stylizer(
    file: NetworkFile, choice: Choice, size: PictureSize, settings: Settings, collection: Collection
) -> Stylizer:
    """The network, opened for the frames of a camera; tried in its own process if it is new here at this size."""
    vector = collection[collection.names[0]].vector
    make_sure(file, choice, size, state_folder(settings.paths.state), vector=vector)
    return Stylizer(file, choice, size, directed=settings.painter.directions, moving=settings.painter.motion)


def read_collection(settings: Settings, painter: LivePainter) -> Reloaded:
    """The collection as it is on disk now, with a stylizer for its network at the size of ``painter``.

    Raises:
        StyleError: a style is broken.
        NetworkFileError: the network is broken.
    """
    collection = Collection.load(collection_folder(settings.paths.collection))
    file = NetworkFile.load(collection.network_path)
    collection = own_strengths(collection.for_network(file), settings.show)
    offer = Offer.of(collection, settings.show, skip=leave_out)
    stylizer = open_stylizer(file, painter.stylizer.choice, painter.size, settings, collection)
    return Reloaded(collection, file, stylizer, offer)


def own_strengths(collection: Collection, settings: ShowSettings) -> Collection:
    """The collection with ``show.strengths``; a style that it lacks is left out, as in ``show.styles``."""
    for name in settings.strengths:
        if name not in collection.names:
            leave_out(SettingsError(f"show.strengths: there is no style '{name}'; {nearest(name, collection.names)}"))
    return collection.softened({name: own for name, own in settings.strengths.items() if name in collection.names})


def leave_out(error: InstallationError) -> None:
    """Log what is left out."""
    logger.warning("left out: %s", error)


def describe(settings: Settings, file: NetworkFile, offer: Offer) -> InstallationInfo:
    """The installation's description for MQTT."""
    me = settings.installation
    return InstallationInfo(
        id=me.id,
        name=me.name,
        group=me.group,
        version=version(),
        network_sha256=file.sha256,
        url=settings.page.url,
        styles=offer.styles,
        opening=tuple(cards.timetable(settings.show)),
        souvenir=settings.souvenir.enabled,
    )
