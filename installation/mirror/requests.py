"""Answers requests: identify, restart, reload, snapshot."""

import base64
import io
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from installation.collection import Collection
from installation.errors import CommandError, InstallationError
from installation.frame import Pixels
from installation.mirror.background import BackgroundTask
from installation.network.tflite import NetworkFile
from installation.painter.stylizer import Stylizer
from installation.show.commands import Request
from installation.show.offer import Offer

SNAPSHOT_QUALITY = 88

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reloaded:
    """A collection read anew, with the stylizer that fits its network and what it offers."""

    collection: Collection
    file: NetworkFile
    stylizer: Stylizer
    offer: Offer


class MirrorActions(Protocol):
    """What the handler may ask of the mirror. All calls come from the mirror's own thread."""

    def identify(self) -> None:
        """Show on screen who this is."""

    def restart(self) -> None:
        """End soon, to be started again."""

    def read_collection(self) -> Reloaded:
        """Read the collection anew; slow, runs in a thread beside the frame path."""

    def use(self, reloaded: Reloaded) -> None:
        """Go on with what `read_collection` returned."""

    def picture(self) -> Pixels | None:
        """A copy of the picture on screen, None while there is none."""

    def respond(self, request: Request, error: str | None = None, data: Mapping[str, object] | None = None) -> None:
        """Send the answer."""


class RequestHandler:
    """What each request does. The slow ones run beside the frame path, one at a time.

    ``snapshots`` is the owner's word on pictures leaving the device.
    """

    def __init__(self, house: MirrorActions, snapshots: bool) -> None:
        self._house = house
        self._snapshots = snapshots
        self._request: Request | None = None
        self._task: BackgroundTask[Reloaded | bytes] | None = None

    def handle(self, request: Request) -> None:
        """Begin to do what is asked; the answer goes out now or from a later `poll`."""
        try:
            work = self._begin(request)
        except InstallationError as error:
            self._house.respond(request, str(error))
            return
        if work is None:
            self._house.respond(request)
        else:
            self._request, self._task = request, BackgroundTask(work)

    def poll(self) -> None:
        """Finish what ran beside the frame path; called every frame, returns at once."""
        if self._task is None or self._request is None or not self._task.done:
            return
        request, task = self._request, self._task
        self._request = self._task = None
        try:
            result = task.result()
        except InstallationError as error:
            logger.warning("%s failed: %s", request.op, error)
            self._house.respond(request, str(error))
            return
        if isinstance(result, Reloaded):
            self._house.use(result)
            self._house.respond(request, data={"styles": list(result.offer.names)})
        elif result is not None:
            self._house.respond(request, data={"type": "image/jpeg", "base64": base64.b64encode(result).decode()})

    def _begin(self, request: Request) -> Callable[[], Reloaded | bytes] | None:
        """Do the quick ones; return the work of the slow ones."""
        if request.op == "identify":
            self._house.identify()
            return None
        if request.op == "restart":
            self._house.restart()
            return None
        if self._task is not None:
            raise CommandError("still busy with the request before; ask again in a moment")
        return self._house.read_collection if request.op == "reload" else self._snapshot()

    def _snapshot(self) -> Callable[[], bytes]:
        if not self._snapshots:
            raise CommandError("snapshots are not allowed here; the owner can set broker.snapshot = true")
        pixels = self._house.picture()
        if pixels is None:
            raise CommandError("there is no picture on screen now; ask again when the mirror runs")
        return lambda: _jpeg(pixels)


def _jpeg(pixels: Pixels) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=SNAPSHOT_QUALITY)
    return buffer.getvalue()
