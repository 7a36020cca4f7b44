"""Keeps the picture in the screen's shape and in the governor's cost class while the mirror runs."""

import logging
from collections.abc import Callable
from typing import Final, Protocol

from installation.camera.capture import Capture
from installation.display.base import Display
from installation.errors import InstallationError
from installation.frame import PictureSize
from installation.mirror.background import BackgroundTask
from installation.mirror.governor import ClassGovernor, Load
from installation.network.runtime import Choice
from installation.network.sizes import class_size
from installation.network.tflite import NetworkFile
from installation.painter.live import LivePainter
from installation.painter.stylizer import Stylizer
from installation.service import health

LOOK_EVERY: Final = 1.0
"""Seconds between two checks of the load and the screen's shape."""
SETTLING: Final = 3.0
"""Seconds after a change whose load is ignored."""

logger = logging.getLogger(__name__)


class OpenStylizer(Protocol):
    """Opens the network at a size; slow."""

    def __call__(self, file: NetworkFile, choice: Choice, size: PictureSize) -> Stylizer:
        """The network, ready to paint.

        Raises:
            InstallationError: the network does not open.
        """


class PictureSizer:
    """Follows screen and load. `poll` is called every frame, on the mirror's thread, and never waits.

    A background task opens the network at another size. Then the camera changes its size, and the painter changes with
    the first frame of the new size: there is always a picture, and never a third network in memory.
    """

    def __init__(
        self,
        governor: ClassGovernor,
        painter: LivePainter,
        capture: Capture,
        display: Display,
        open_stylizer: OpenStylizer,
        read_heat: Callable[[], tuple[float | None, bool | None]] = lambda: (health.temperature(), health.throttled()),
    ) -> None:
        self._governor = governor
        self._painter = painter
        self._capture = capture
        self._display = display
        self._open = open_stylizer
        self._read_heat = read_heat
        self._task: BackgroundTask[Stylizer] | None = None
        self._opening = self._painted_class = governor.cost_class
        self._file = painter.file
        self._began: float | None = None
        self._pictures = self._captured = 0
        self._busy = 0.0
        self._settled_at = 0.0

    @property
    def cost_class(self) -> int:
        """The current cost class."""
        return self._painted_class

    @property
    def reason(self) -> str:
        """The reason for it, as text."""
        return self._governor.reason

    def poll(self, now: float, painting: bool, busy: float | None) -> None:
        """Do what is due. ``painting``: pictures are wanted now; ``busy``: seconds of work for one, or None."""
        if self._task is not None:
            self._finish(self._task, now)
            return
        if self._painter.changing:
            self._settled_at = now + SETTLING
        if not painting or now < self._settled_at:
            self._governor.rest()
            self._began = None
            return
        if self._began is None:
            self._began, self._pictures, self._captured, self._busy = now, 0, self._capture.captured, 0.0
            return
        if busy is not None:
            self._pictures += 1
            self._busy += busy
        passed = now - self._began
        if passed >= LOOK_EVERY:
            self._look(passed, now)

    def _look(self, passed: float, now: float) -> None:
        self._painted_class = self._governor.cost_class
        if self._pictures:
            frames = (self._capture.captured - self._captured) / passed
            load = Load(frames, self._pictures / passed, self._busy / self._pictures, *self._read_heat())
            self._governor.consider(load, now)
        self._began = None
        width, height = self._display.canvas
        size = class_size(self._governor.cost_class, width / height)
        if size != self._painter.size:
            self._begin(size)

    def _begin(self, size: PictureSize) -> None:
        painter, choice = self._painter, self._painter.stylizer.choice
        self._file, self._opening = painter.file, self._governor.cost_class
        logger.info("changing to class %d, %d×%d: %s", self._opening, size[1], size[0], self._governor.reason)
        self._task = BackgroundTask(lambda: self._open(self._file, choice, size))

    def _finish(self, task: BackgroundTask[Stylizer], now: float) -> None:
        self._governor.rest()
        if not task.done:
            return
        self._task, self._began = None, None
        self._settled_at = now + SETTLING
        try:
            stylizer = task.result()
        except InstallationError as error:
            logger.warning("class %d does not open: %s", self._opening, error)
            self._governor.refuse(self._opening, self._painted_class, f"class {self._opening} does not open: {error}")
            return
        # A reload has brought another network in the meantime.
        if stylizer is not None and self._file is self._painter.file:
            self._painter.prepare(stylizer)
            self._capture.resize((stylizer.height, stylizer.width))
            self._painted_class = self._opening
