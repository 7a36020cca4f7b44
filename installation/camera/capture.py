"""The capture thread: keeps a camera running and holds its newest frame."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Literal

import numpy as np

from installation.backoff import Backoff
from installation.camera.base import Camera
from installation.errors import CameraError, CameraMissing, EndOfStream, InstallationError
from installation.fault_log import FaultLog
from installation.frame import Frame, PictureSize, Pixels
from installation.settings import CameraSettings

State = Literal["starting", "ok", "waiting", "ended", "stopped"]

SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 3.5
"""Seconds between two tries: what is connected again is on screen within five."""
JITTER = 0.25
HUNG_PAUSE = 60.0
"""Most seconds until the next attempt after a driver hung and its thread was abandoned: less where it returns."""
_LOOK = 0.25
"""Seconds between two looks whether it has returned."""
MOST_HUNG = 4
"""Hanging drivers that are abandoned at most, each with its threads; then only a new process can help."""
STEADY = 30
"""Frames after which the backoff is reset: a camera that fails at once each time is tried less and less often."""

_log = logging.getLogger(__name__)


class Capture:
    """Reads a camera in a thread of its own. Frames do not queue: the newest replaces the one before.

    After a fault the camera is closed and opened again: soon after a fault that may pass (a time-out), after the
    longest pause where somebody must plug something in (``CameraMissing``). Where its driver hangs, as soon as that
    returns, or a minute later beside it. Not at all at the end of a clip, or when the source is malformed. Only one
    reader at a time may call ``newest``.

    With ``wait_until_taken`` the thread reads the next frame only when the last one was taken: no frame is dropped, and
    a clip without pace is not decoded for nothing. With ``quiet_start`` a fault before the first frame is not logged:
    whoever reads makes an error of it. Nor is ever what ends it for good.
    """

    def __init__(
        self,
        make: Callable[[], Camera],
        settings: CameraSettings,
        *,
        wait_until_taken: bool = False,
        quiet_start: bool = False,
    ) -> None:
        self.state: State = "starting"
        self.problem = ""
        """The last fault in one sentence; empty while frames come."""
        self.fault: InstallationError | None = None
        """The last fault as an exception; None while frames come."""
        self.captured = 0
        self.dropped = 0
        """Frames that were replaced before anybody read them."""
        self.camera_name = ""
        self._make = make
        # Opening may take several time-outs: some formats of some webcams are tried.
        self._patience = max(60.0, 5 * settings.timeout)
        self._wait_until_taken = wait_until_taken
        self._quiet_start = quiet_start
        self._backoff = Backoff(SHORTEST_PAUSE, LONGEST_PAUSE, JITTER)
        self._faults = FaultLog(_log, "the camera")
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        # Triple buffering: one slot holds the newest frame, one belongs to the reader, one is free to write to.
        self._slots: list[Pixels] = []
        self._newest: Frame | None = None
        self._newest_slot = -1
        self._reader_slot = -1
        self._taken = True
        self._size: PictureSize | None = None
        self._left: list[Camera] = []
        """Cameras that were closed while their driver hung."""
        self._alive_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def start(self) -> None:
        """Start the thread; once only."""
        self._alive_at = time.monotonic()
        self._thread.start()

    def newest(self, after: int, timeout: float) -> Frame | None:
        """Return the newest frame with ``sequence > after``, waiting up to ``timeout`` seconds; None if none came.

        ``sequence`` counts from 0 over all reopenings: begin with ``after=-1``. The pixels belong to the caller until
        the next call that returns a frame. Returns at once when no further frame can come.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._has_newer(after) or self.state in ("ended", "stopped"), timeout)
            if not self._has_newer(after):
                return None
            if not self._taken:
                self._taken = True
                self._changed.notify_all()
            self._reader_slot = self._newest_slot
            return self._newest

    def resize(self, size: PictureSize) -> None:
        """Ask for frames of another ``(height, width)``; they come after the camera has changed its size."""
        self._size = size

    @property
    def stuck(self) -> bool:
        """Whether only a new process can help.

        Either the camera has not returned for much longer than its time-out, or a camera that gave frames before now
        has a driver that hangs. A camera that never gave a frame is tried `MOST_HUNG` times: a new process would not
        help it, but abandoned threads add up.
        """
        if self.state in ("ended", "stopped"):
            return False
        if time.monotonic() - self._alive_at > self._patience:
            return True
        return self.state == "waiting" and self._hung() >= (1 if self.captured else MOST_HUNG)

    def stop(self, timeout: float = 2.0) -> None:
        """End the thread; one that hangs in its camera is abandoned after ``timeout`` seconds."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                _log.warning("camera %s hangs: its thread is left behind", self.camera_name or "(unknown)")
        self._set_state("stopped")

    def _hung(self) -> int:
        """How many drivers were left behind and have not returned."""
        return sum(camera.hung for camera in self._left)

    def _has_newer(self, after: int) -> bool:
        return self._newest is not None and self._newest.sequence > after

    def _run(self) -> None:
        while not self._stopping.is_set():
            known = self._left
            try:
                self._serve()
            except EndOfStream as error:
                self._fail(error, "ended")
                return
            except CameraMissing as error:
                self._fail(error, "waiting")
                pause = self._backoff.longest()
            except CameraError as error:
                self._fail(error, "waiting")
                pause = self._backoff.next()
            except InstallationError as error:
                self._fail(error, "ended")
                return
            except Exception as error:  # noqa: BLE001 - a driver's own fault must not end the exhibition
                self._fail(CameraError(f"{type(error).__name__}: {error}"), "waiting", unexpected=error)
                pause = self._backoff.next()
            else:
                return
            for camera in self._left:
                if camera not in known:
                    self._wait_for_its_driver(camera)
            self._pause(pause)

    def _serve(self) -> None:
        """Open a camera and publish its frames until `stop`, or until it fails."""
        camera = self._make()
        self.camera_name = camera.name
        size = self._size
        try:
            if size is not None:
                camera.resize(size)
            camera.open()
            self.camera_name = camera.name
            if not self._faults.troubled:
                _log.info("camera %s is open", camera.name)
            while not self._stopping.is_set():
                self._alive_at = time.monotonic()
                if size != self._size:
                    size = self._size
                    if size is not None:
                        camera.resize(size)
                frame = camera.read()
                self._publish(frame)
                self._faults.fine()
                if frame.sequence == STEADY:
                    self._backoff.reset()
                if self._wait_until_taken:
                    self._await_reader()
        finally:
            camera.close()
            self._left = [left for left in (*self._left, camera) if left.hung]

    def _publish(self, frame: Frame) -> None:
        slot = self._free_slot(frame.pixels)
        np.copyto(self._slots[slot], frame.pixels)
        with self._changed:
            if self._stopping.is_set():
                return
            if not self._taken:
                self.dropped += 1
            self._newest = Frame(self._slots[slot], frame.captured, self.captured, frame.scaling)
            self._newest_slot = slot
            self._taken = False
            self.captured += 1
            if self.state != "ok":
                self.state, self.problem, self.fault = "ok", "", None
            self._changed.notify_all()

    def _free_slot(self, pixels: Pixels) -> int:
        if not self._slots or self._slots[0].shape != pixels.shape:
            self._slots = [np.empty_like(pixels, order="C") for _ in range(3)]
        with self._changed:
            return next(slot for slot in range(3) if slot not in (self._newest_slot, self._reader_slot))

    def _await_reader(self) -> None:
        with self._changed:
            while not self._taken and not self._stopping.is_set():
                self._alive_at = time.monotonic()
                self._changed.wait(1.0)

    def _wait_for_its_driver(self, camera: Camera) -> None:
        """Wait until the driver returns, at most `HUNG_PAUSE`; where `MOST_HUNG` hang, until one of them returns."""
        deadline = time.monotonic() + HUNG_PAUSE
        while camera.hung and not self._stopping.is_set():
            if time.monotonic() > deadline and self._hung() < MOST_HUNG:
                return
            self._pause(_LOOK)

    def _pause(self, seconds: float) -> None:
        # During this pause the camera does not count as stuck.
        self._alive_at = time.monotonic() + seconds
        self._stopping.wait(seconds)

    def _fail(self, error: InstallationError, state: State, unexpected: Exception | None = None) -> None:
        if isinstance(error, EndOfStream):
            _log.info("camera: %s", error)
        elif state != "ended" and (self.captured or not self._quiet_start):
            self._faults.fault(f"camera: {error}", unexpected)
        else:
            _log.debug("camera: %s", error, exc_info=unexpected)
        with self._changed:
            self.problem, self.fault = str(error), error
        self._set_state(state)

    def _set_state(self, state: State) -> None:
        with self._changed:
            if self.state != "stopped":
                self.state = state
            self._changed.notify_all()
