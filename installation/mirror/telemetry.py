"""Telemetry: reports the mirror's state to systemd and the fleet, each at its own interval."""

import logging
import math
from collections.abc import Callable

from installation.camera.capture import Capture
from installation.control.mqtt.client import Control
from installation.display.base import Display
from installation.mirror.presence_watch import PresenceWatch
from installation.mirror.sizing import PictureSizer
from installation.painter.live import LivePainter
from installation.service import health
from installation.service.clock import WallClock
from installation.service.health import Health, HealthFile, Meter
from installation.service.systemd import Notifier
from installation.show.director import RESTING, Scene

HEALTH_EVERY = 5.0
STATUS_EVERY = 2.0
WATCHDOG_EVERY = 0.5
START_MARGIN = 30.0
"""Seconds requested from systemd for the first picture, again and again until it is shown."""
LOG_EVERY = 600.0
"""Seconds between two reports of each kind."""
LOG_AFTER = 10.0
"""Seconds from the first picture to the first line in the log: the frame rate has settled by then."""

logger = logging.getLogger(__name__)


class Telemetry:
    """Reports the mirror's state. `tell` is called every frame, on the mirror's thread, and never waits."""

    def __init__(
        self,
        notifier: Notifier,
        control: Control,
        capture: Capture,
        meter: Meter,
        painter: LivePainter,
        sizer: PictureSizer,
        clock: WallClock,
        display: Display,
        health_file: HealthFile,
        *,
        version: str,
        restarts: int,
        mode: str = "",
        watch: PresenceWatch | None = None,
        souvenir: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._notifier = notifier
        self._control = control
        self._capture = capture
        self._meter = meter
        self._painter = painter
        self._sizer = sizer
        self._clock = clock
        self._display = display
        self._health_file = health_file
        self._version = version
        self._restarts = restarts
        self._mode = mode
        self._watch = watch
        self._souvenir = souvenir
        self._ready = False
        self._health_at = self._status_at = self._watchdog_at = 0.0
        self._log_at = math.inf

    def tell(self, scene: Scene, now: float, *, alive: bool, starting: bool = False) -> None:
        """Send the reports that are due.

        ``alive``: a new picture is on screen, or the screen is meant to rest. ``starting``: the first picture is still
        to come.
        """
        notifier = self._notifier
        if alive and not starting and not self._ready:
            self._ready = True
            self._log_at = now + LOG_AFTER
            notifier.ready()
        if alive and now >= self._watchdog_at:
            self._watchdog_at = now + WATCHDOG_EVERY
            notifier.alive(START_MARGIN)
        if now >= self._status_at:
            self._status_at = now + STATUS_EVERY
            notifier.status(self._status_line(scene))
        if now >= self._health_at:
            self._health_at = now + HEALTH_EVERY
            report = self._health()
            self._control.health(report)
            self._health_file.write(report)
            if now >= self._log_at:
                self._log_at = now + LOG_EVERY
                self._log(scene, report)

    def _status_line(self, scene: Scene) -> str:
        what = scene.style if scene.phase not in RESTING else scene.phase
        return f"{what} · {self._meter.fps:.1f} fps · camera {self._camera_state()} · broker {self._control.state}"

    def _log(self, scene: Scene, report: Health) -> None:
        # Also as journal fields: `journalctl -o json` gives them to monitoring tools.
        fields = {
            "STYLE": scene.style,
            "PHASE": scene.phase,
            "FPS": report.fps,
            "INFERENCE_MS": report.inference_ms,
            "COST_CLASS": report.cost_class,
            "CAMERA": report.camera,
            "BROKER": report.broker,
            "TEMPERATURE": report.temperature,
            "RSS_MB": report.rss_mb,
        }
        logger.info("%s", self._status_line(scene), extra={"fields": fields})

    def _health(self) -> Health:
        control, meter = self._control, self._meter
        return Health(
            fps=round(meter.fps, 1),
            inference_ms=meter.inference_ms(),
            stages_ms=meter.stages_ms(),
            picture=f"{self._painter.stylizer.width}×{self._painter.stylizer.height}",
            cost_class=self._sizer.cost_class,
            cost_class_reason=self._sizer.reason,
            frame_age=None if meter.frame_age is None else round(meter.frame_age, 2),
            mode=self._mode or "ok",
            camera=self._camera_state(),
            display=self._display.problem() or "ok",
            broker=(control.trouble or "ok") if control.state == "online" else control.state,
            clock=f"{self._clock.problem}; opening hours are not kept" if self._clock.problem else "ok",
            temperature=health.temperature(),
            throttled=health.throttled(),
            rss_mb=health.rss_mb(),
            uptime=round(health.process_age(), 1),
            restarts=self._restarts,
            dropped_commands=control.dropped,
            present=None if self._watch is None else self._watch.present,
            visits=None if self._watch is None else self._watch.visits,
            version=self._version,
            souvenir=self._souvenir(),
        )

    def _camera_state(self) -> str:
        capture = self._capture
        return "ok" if capture.state == "ok" else capture.problem or capture.state
