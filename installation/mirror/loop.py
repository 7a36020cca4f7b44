"""The main loop: camera → painter → display, with commands, director and telemetry."""

import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from installation.camera.capture import Capture
from installation.control.mqtt.client import Control
from installation.display.base import Display
from installation.display.flash_limiter import FlashLimiter
from installation.errors import CameraMissing, CommandError, EndOfStream, StyleError
from installation.frame import Frame, Pixels
from installation.mirror.presence_watch import PresenceWatch
from installation.mirror.presenter import Presenter
from installation.mirror.report import Report, measured
from installation.mirror.requests import Effect, GoOnWith, RequestHandler, Respond, RestartSoon, ShowIdentity
from installation.mirror.sizing import PictureSizer
from installation.mirror.souvenirs import Souvenirs
from installation.mirror.telemetry import Telemetry
from installation.network import memory
from installation.painter.live import LivePainter
from installation.service.clock import WallClock
from installation.service.health import Meter
from installation.show.commands import Command, Quit, Request, ToggleHold
from installation.show.director import RESTING, Director, Scene
from installation.show.queue import CommandQueue

RESTART = 75
"""Exit status that asks systemd for a restart (EX_TEMPFAIL)."""

FRAME_WAIT = 0.1
"""Longest wait for a frame in seconds; without a camera, keys and commands are read this often."""
RESTING_WAIT = 0.05
"""Seconds between two rounds while no picture is shown."""
STALE = 1.5
STALE_FRAMES = 3.0
"""A picture counts as frozen, and a card replaces it, after so many seconds or so many frames, whichever is longer."""
RESTART_DELAY = 0.5
"""Seconds between the answer to a restart request and the end, so that the answer is sent."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """The parts of a mirror: the capture is started, the display open."""

    capture: Capture
    painter: LivePainter
    display: Display
    director: Director
    queue: CommandQueue
    control: Control
    sizer: PictureSizer
    presenter: Presenter
    requests: RequestHandler
    souvenirs: Souvenirs
    telemetry: Telemetry
    meter: Meter
    clock: WallClock
    limiter: FlashLimiter
    watch: PresenceWatch | None
    version: str


class Mirror:
    """The main loop. It runs on the thread that calls `run`; SDL requires the main thread.

    Args:
        parts: the mirror's parts.
        fps: the camera's configured frames per second.
        strict: a camera without a first frame is an error, because a person named it; else the mirror waits.
    """

    def __init__(self, parts: Parts, *, fps: float, strict: bool = False) -> None:
        self._parts = parts
        self._stale = max(STALE, STALE_FRAMES / fps)
        self._strict = strict
        self._stop = threading.Event()
        self._sequence = -1
        self._live = self._held = False
        self._restart_at: float | None = None
        self._captured = -math.inf
        self._stages: dict[str, float] = {}
        self.status = 0
        """Exit status that `run` ends with."""

    @property
    def display(self) -> Display:
        """The screen."""
        return self._parts.display

    def run(self, frames: int | None = None) -> Report:
        """Show pictures until `stop`, the end of a clip, or ``frames`` pictures.

        Raises:
            InstallationError: the camera's source is malformed, or ``strict`` and no first frame came.
            NetworkFileError: painting failed many times in a row.
            DisplayError: the screen is gone.
        """
        parts = self._parts
        while not self._stop.is_set() and (frames is None or parts.meter.frames < frames):
            self._step()
        return measured(parts.meter, parts.capture, parts.painter, parts.sizer, parts.display, parts.version)

    def stop(self) -> None:
        """End the loop after the current frame; may be called from any thread and from a signal handler."""
        self._stop.set()

    def _step(self) -> None:
        parts = self._parts
        frame = parts.capture.newest(self._sequence, FRAME_WAIT)
        now = time.monotonic()
        if frame is not None:
            self._sequence = frame.sequence
        for command in (*parts.display.events(), *parts.queue.drain()):
            self._obey(command, now)
        self._apply(parts.requests.poll(), now)
        local = parts.clock.local()
        today = None if local is None else local.date()
        scene = parts.director.scene(now, local)
        if parts.watch is not None and frame is not None and scene.phase not in RESTING:
            parts.director.notice(parts.watch.look(frame.pixels, now), now)
        painted = self._paint(frame, scene)
        parts.souvenirs.poll(now, painted, scene)
        notice = parts.souvenirs.notice(now)
        view = parts.presenter.view(scene, self._presentable(scene, now), now, notice, today)
        parts.display.show(parts.limiter.limit(view, now))
        if painted is not None:
            self._record(painted)
        parts.sizer.poll(now, self._wants_pictures(scene), self._busy() if painted is not None else None)
        self._live, self._held = view.picture is not None, scene.held
        parts.control.show(scene)
        alive = painted is not None or self._rests_on_purpose(scene)
        parts.telemetry.tell(scene, now, alive=alive, starting=self._starting(scene))
        self._end_if_over(frame, now)
        if not self._live:
            self._stop.wait(RESTING_WAIT)

    def _obey(self, command: Command, now: float) -> None:
        if isinstance(command, Quit):
            self.stop()
        elif isinstance(command, Request) and command.op == "souvenir":
            self._ask_for_souvenir(command, now)
        elif isinstance(command, Request):
            shown = self._parts.painter.picture if self._live else None
            self._apply(self._parts.requests.handle(command, shown), now)
        elif isinstance(command, ToggleHold) and not self._live:
            logger.info("there is no picture to hold")  # an earlier picture would show the last visitor's face
        else:
            try:
                self._parts.director.obey(command, now)
            except StyleError as error:
                logger.info("a command was not obeyed: %s", error)

    def _ask_for_souvenir(self, request: Request, now: float) -> None:
        parts = self._parts
        try:
            data = parts.souvenirs.ask(now, live=self._live and not self._held)
        except CommandError as error:
            parts.control.respond(request, str(error))
        else:
            parts.control.respond(request, data=data)

    def _apply(self, effects: Sequence[Effect], now: float) -> None:
        parts = self._parts
        for effect in effects:
            match effect:
                case Respond(request, error, data):
                    parts.control.respond(request, error, data)
                case ShowIdentity():
                    parts.presenter.identify(now)
                case RestartSoon():
                    self._restart_at = now + RESTART_DELAY
                case GoOnWith(reloaded):
                    parts.director.offer(reloaded.offer)
                    parts.painter.replace(reloaded.collection, reloaded.file, reloaded.stylizer)
                    memory.give_back()  # what the network before took: else some MB stay, or not, by chance
                    parts.capture.resize(parts.painter.size)
                    parts.control.offer(reloaded.offer, reloaded.file.sha256)

    def _paint(self, frame: Frame | None, scene: Scene) -> Frame | None:
        """Paint the frame if the scene needs a new picture; returns the frame that was painted, or None."""
        if frame is None or not self._wants_pictures(scene):
            return None
        if not self._parts.painter.paint(frame.pixels, scene):
            return None
        self._captured = frame.captured
        return frame

    def _wants_pictures(self, scene: Scene) -> bool:
        return scene.phase not in RESTING and not (scene.held and self._parts.painter.picture is not None)

    def _presentable(self, scene: Scene, now: float) -> Pixels | None:
        """The last picture while it is recent or held on purpose, else None: a frozen mirror looks broken."""
        if (scene.held and self._live) or now - self._captured <= self._stale:
            return self._parts.painter.picture
        return None

    def _record(self, frame: Frame) -> None:
        parts, stages = self._parts, self._stages
        stages.update(parts.painter.stages)
        stages.update(parts.display.stages)
        stages["scale"] = frame.scaling
        parts.meter.record(frame.captured, parts.painter.seconds, stages)

    def _busy(self) -> float:
        """Seconds of work for the last picture, without waiting for the screen."""
        return sum(self._parts.painter.stages.values()) + self._parts.display.stages["compose"]

    def _rests_on_purpose(self, scene: Scene) -> bool:
        """Whether the screen is meant to rest: held, off, closed, or a card without a camera.

        A camera that gives neither frames nor an error hangs in its driver; then only a new process helps.
        """
        if self._live and not scene.held:
            return False
        return not self._parts.capture.stuck

    def _starting(self, scene: Scene) -> bool:
        """Whether the first picture is still to come: the camera has not failed, the screen is not meant to rest."""
        coming = self._parts.capture.state in ("starting", "ok")
        return coming and self._parts.meter.frames == 0 and scene.phase not in RESTING

    def _end_if_over(self, frame: Frame | None, now: float) -> None:
        capture = self._parts.capture
        if self._restart_at is not None and now >= self._restart_at:
            self.status = RESTART
            self.stop()
        elif frame is None and capture.state == "ended":
            if not isinstance(capture.fault, EndOfStream):
                raise capture.fault or CameraMissing("the camera ended without an error; choose another")
            self.stop()
        elif self._strict and self._sequence < 0 and (capture.state == "waiting" or capture.stuck):
            raise capture.fault or CameraMissing("the camera gives no frame; check its cable, or choose another")
