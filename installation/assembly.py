"""Makes the real parts of a mirror from the settings."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from installation import cards
from installation.attendant import Reloaded
from installation.camera import make_camera
from installation.camera.capture import Capture
from installation.camera.denoise import Denoiser
from installation.collection import Collection
from installation.control.client import Control
from installation.control.info import InstallationInfo, StyleInfo
from installation.director import Director
from installation.display import make_display
from installation.display.base import View
from installation.errors import SettingsError
from installation.inbox import Inbox
from installation.mirror import Mirror, Parts
from installation.network.runtime import Choice
from installation.network.stylizer import Stylizer
from installation.network.tflite import SIZE, NetworkFile
from installation.network.tuning import tune
from installation.painter import Painter
from installation.paths import collection_folder, state_folder
from installation.service.health import count_start
from installation.service.systemd import Notifier
from installation.settings import Settings
from installation.sizing import largest_that_holds
from installation.version import version


@contextmanager
def assembled(settings: Settings, *, strict: bool = False) -> Iterator[Mirror]:
    """A mirror with its screen open and its camera started; whatever happens, all parts are stopped in the end.

    Raises:
        InstallationError: a part that the mirror cannot do without (collection, network, runtime, screen) fails.
    """
    with ExitStack() as stack:
        notifier = Notifier()
        notifier.status("starting")
        collection = Collection.load(collection_folder(settings.paths))
        names = on_offer(collection, settings)
        file = NetworkFile.load(collection.network_path)
        display = make_display(settings.display.mode, settings.display)
        display.open()
        stack.callback(display.close)
        display.show(View(card=cards.starting(settings.installation.name)))
        stylizer = make_stylizer(file, settings)

        source, unpaced = settings.camera.source, not settings.camera.paced
        capture = Capture(
            lambda: make_camera(source, settings.camera, stylizer.size), settings.camera, wait_until_taken=unpaced
        )
        stack.callback(capture.stop)
        capture.start()
        inbox = Inbox()
        control = Control(settings, describe(settings, collection, file), inbox, names)
        stack.callback(control.stop)
        control.start()

        parts = Parts(
            capture=capture,
            painter=Painter(collection, file, stylizer, Denoiser(stylizer.size, settings.camera.denoise)),
            display=display,
            director=Director(settings.show, names, time.monotonic()),
            inbox=inbox,
            control=control,
            notifier=notifier,
            read_collection=lambda: read_collection(settings, stylizer),
        )
        restarts = count_start(os.environ.get("RUNTIME_DIRECTORY"))
        stack.callback(notifier.stopping)
        yield Mirror(settings, parts, version(), strict=strict, restarts=restarts)


def make_stylizer(file: NetworkFile, settings: Settings) -> Stylizer:
    """The network, opened in the way and at the size that suit this machine."""
    size = settings.network.size
    choice = tune(file, settings.network, SIZE if size == "auto" else size, state_folder(settings.paths))
    return largest_that_holds(file, choice, settings.camera.fps) if size == "auto" else Stylizer(file, choice, size)


def on_offer(collection: Collection, settings: Settings) -> tuple[str, ...]:
    """The styles that visitors may choose, in order.

    Raises:
        SettingsError: the settings name a style that is not in the collection.
    """
    for key, names in (("show.styles", settings.show.styles), ("show.style", (settings.show.style,))):
        for name in filter(None, names):
            if name not in collection.names:
                raise SettingsError(f"{key}: there is no style '{name}'; choose from {', '.join(collection.names)}")
    return settings.show.styles or collection.names


def read_collection(settings: Settings, stylizer: Stylizer) -> Reloaded:
    """The collection as it is on disk now, with a stylizer of the same size for its network.

    Raises:
        StyleError: a style is broken, or one that the settings name is gone.
        NetworkFileError: the network is broken.
    """
    collection = Collection.load(collection_folder(settings.paths))
    on_offer(collection, settings)
    file = NetworkFile.load(collection.network_path)
    return Reloaded(collection, file, Stylizer(file, stylizer.choice, stylizer.size))


def describe(settings: Settings, collection: Collection, file: NetworkFile) -> InstallationInfo:
    """What this installation tells of itself on MQTT."""
    me = settings.installation
    styles = tuple(
        StyleInfo(name=style.name, title=style.title, artist=style.artist, year=style.year)
        for style in (collection[name] for name in on_offer(collection, settings))
    )
    return InstallationInfo(
        id=me.id,
        name=me.name,
        group=me.group,
        version=version(),
        network_sha256=file.sha256,
        url=settings.page.url,
        styles=styles,
    )
