"""The request handler: identify, restart, reload, snapshot."""

import base64
import io
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from installation.collection import Collection
from installation.errors import CommandError, InstallationError
from installation.frame import Pixels
from installation.mirror.background import BackgroundTask
from installation.network.tflite import NetworkFile
from installation.painter.stylizer import Stylizer
from installation.show.commands import Request
from installation.show.offer import Offer

if TYPE_CHECKING:
    from PIL import Image

SNAPSHOT_QUALITIES = (97, 88, 75, 60, 40)
"""From the finest down: a picture gets the first that keeps it within `SNAPSHOT_BYTES`."""
SNAPSHOT_BYTES = 190_000
"""Most bytes of a snapshot's JPEG: in base64, with what goes around it, a message of the size that a hub takes."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reloaded:
    """A collection that was read again, with a stylizer for its network, and its offer."""

    collection: Collection
    file: NetworkFile
    stylizer: Stylizer
    offer: Offer


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer a request; ``error`` is the reason of a failure."""

    request: Request
    error: str | None = None
    data: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class ShowIdentity:
    """Show the identify overlay."""


@dataclass(frozen=True, slots=True)
class RestartSoon:
    """End for a restart, after the answer was sent."""


@dataclass(frozen=True, slots=True)
class GoOnWith:
    """Use a collection that was read again."""

    reloaded: Reloaded


Effect = Respond | ShowIdentity | RestartSoon | GoOnWith
"""An effect that the main loop carries out."""


class RequestHandler:
    """Turns requests into effects. Slow requests run as background tasks, one at a time.

    Args:
        read_collection: reads the collection again; slow, called in a thread of its own.
        snapshots: whether the owner allows pictures to leave the device.
        log: the last lines of the log.
    """

    def __init__(
        self, read_collection: Callable[[], Reloaded], *, snapshots: bool, log: Callable[[], list[str]] = list
    ) -> None:
        self._read_collection = read_collection
        self._snapshots = snapshots
        self._log = log
        self._request: Request | None = None
        self._task: BackgroundTask[Reloaded | bytes] | None = None

    def handle(self, request: Request, shown: Pixels | None) -> list[Effect]:
        """The effects to carry out now; `poll` returns later ones. ``shown`` is the picture on screen, if any."""
        match request.op:
            case "identify":
                return [ShowIdentity(), Respond(request)]
            case "restart":
                return [RestartSoon(), Respond(request)]
            case "log":
                return [Respond(request, data={"lines": self._log()})]
        try:
            work = self._slow_work(request, shown)
        except InstallationError as error:
            return [Respond(request, str(error))]
        self._request, self._task = request, BackgroundTask(work)
        return []

    def poll(self) -> list[Effect]:
        """The effects of a background task that has ended; called every frame, never waits."""
        if self._task is None or self._request is None or not self._task.done:
            return []
        request, task = self._request, self._task
        self._request = self._task = None
        try:
            result = task.result()
        except InstallationError as error:
            logger.warning("%s failed: %s", request.op, error)
            return [Respond(request, str(error))]
        if isinstance(result, Reloaded):
            return [GoOnWith(result), Respond(request, data={"styles": list(result.offer.names)})]
        picture = base64.b64encode(result or b"").decode()
        return [Respond(request, data={"type": "image/jpeg", "base64": picture})]

    def _slow_work(self, request: Request, shown: Pixels | None) -> Callable[[], Reloaded | bytes]:
        """The work of a slow request.

        Raises:
            CommandError: the request is refused.
        """
        if self._task is not None:
            raise CommandError("still busy with the request before; ask again in a moment")
        if request.op == "reload":
            return self._read_collection
        if not self._snapshots:
            raise CommandError("snapshots are not allowed here; the owner can set broker.snapshot = true")
        if shown is None:
            raise CommandError("there is no picture on screen now; ask again when the mirror runs")
        pixels = shown.copy()  # the painter reuses its buffer
        return lambda: _jpeg(pixels)


def _jpeg(pixels: Pixels) -> bytes:
    """As fine as one message holds: first the quality gives way, then the size."""
    from PIL import Image

    image = Image.fromarray(pixels)
    encoded = b""
    for quality in SNAPSHOT_QUALITIES:
        # Below the finest, colours at half the size cost an eye nothing.
        encoded = _encoded(image, quality, subsampling=0 if quality == SNAPSHOT_QUALITIES[0] else 2)
        if len(encoded) <= SNAPSHOT_BYTES:
            return encoded
    while len(encoded) > SNAPSHOT_BYTES:
        scale = 0.95 * (SNAPSHOT_BYTES / len(encoded)) ** 0.5
        image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
        encoded = _encoded(image, SNAPSHOT_QUALITIES[-1], subsampling=2)
    return encoded


def _encoded(image: "Image.Image", quality: int, subsampling: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return buffer.getvalue()
