"""The health report: figures of the frame path and the machine, collected without slowing the picture down."""

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from installation.errors import OutputError
from installation.files import whole_file

CAPACITY = 4096
"""Number of last frames that percentiles cover."""
RATE_SECONDS = 5.0
"""Seconds over which the frame rate is counted."""
STAGES = ("scale", "denoise", "canvas", "network", "compose", "show")
"""The stages of a frame, in order: crop and scale (in the capture thread, in parallel), noise filter, canvas,
network, drawing at the screen's size, presenting on the screen."""

_TEMPERATURE = Path("/sys/class/thermal/thermal_zone0/temp")
_THROTTLED = Path("/sys/devices/platform/soc/soc:firmware/get_throttled")
_STARTS = "starts"
_HEALTH = "health.json"
_LARGEST = 64 * 1024


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """One report on MQTT, every few seconds."""

    fps: float
    """Pictures shown per second, over the last seconds."""
    inference_ms: float
    """Median milliseconds that the network takes for one picture, canvas included."""
    stages_ms: dict[str, float] = {}
    """Median milliseconds of each stage of a frame."""
    picture: str = ""
    """Width and height of the painted picture, such as ``688×384``."""
    cost_class: int = 0
    """Its cost class: it has about as many pixels as a square with this edge."""
    cost_class_reason: str = ""
    """Why the picture has this class, in words."""
    frame_age: float | None
    """Seconds since the frame on screen was captured; None before the first."""
    mode: str = "ok"
    """``ok``, or ``safe`` and why: it ended badly too often, and shows the bundled clip with the shipped settings."""
    camera: str
    """``ok`` or the problem in words; likewise ``display``, ``broker`` and ``clock``."""
    display: str
    broker: str
    clock: str = "ok"
    """Whether the time is known: without it the exhibit stays open."""
    temperature: float | None
    """°C of the processor; None where it has no sensor."""
    throttled: bool | None
    """Whether the Pi throttles now, because of heat or a weak power supply; None where unknown."""
    rss_mb: float
    uptime: float
    """Seconds since the process started."""
    restarts: int
    """How often the service was restarted since the machine booted."""
    dropped_commands: int
    """MQTT commands that were refused: malformed, oversize, retained, unknown."""
    version: str
    souvenir: str | None = None
    """``ok``, or why the last souvenir failed; None where the settings forbid them."""
    present: bool | None = None
    """Whether somebody is in front of the mirror; None where the settings forbid to look."""
    visits: int | None = None
    """How often somebody came since the process started; None likewise."""


class HealthFile:
    """Stores the last report in a file, for the doctor on the same machine.

    ``folder`` is systemd's runtime folder, ``$RUNTIME_DIRECTORY``, which is in memory; without it nothing is kept.
    """

    def __init__(self, folder: str | Path | None) -> None:
        self._path = Path(folder) / _HEALTH if folder else None

    def write(self, report: Health) -> None:
        """Replace the stored report; errors are ignored."""
        if self._path is None:
            return
        with contextlib.suppress(OutputError), whole_file(self._path) as temporary:
            temporary.write_bytes(msgspec.json.encode(report))

    def read(self, oldest: float, now: float | None = None) -> Health | None:
        """The last report; None where there is none, it may not be read, or it is older than ``oldest`` seconds."""
        if self._path is None:
            return None
        try:
            with self._path.open("rb") as file:
                age = (time.time() if now is None else now) - os.fstat(file.fileno()).st_mtime
                return msgspec.json.decode(file.read(_LARGEST), type=Health) if age <= oldest else None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None


class Meter:
    """Counts and times the frames; used by the thread that shows them.

    All memory is allocated at the start: a mirror that runs for months must not grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._shown = np.zeros(capacity)
        self._inference = np.zeros(capacity, np.float32)
        self._latency = np.zeros(capacity, np.float32)
        self._stages = np.zeros((len(STAGES), capacity), np.float32)
        self._first: float | None = None
        self.first_frame_ms: float | None = None
        """Milliseconds from the start of the process to the first picture on screen."""
        self._captured: float | None = None
        self.frames = 0

    def record(self, captured: float, inference: float, stages: Mapping[str, float] | None = None) -> None:
        """Record a picture that is on screen now: when its frame was captured, how many seconds painting took.

        ``stages`` are the seconds of some of `STAGES`.
        """
        now = self._clock()
        place = self.frames % len(self._shown)
        self._shown[place] = now
        self._inference[place] = inference * 1e3
        self._latency[place] = (now - captured) * 1e3
        for row, name in enumerate(STAGES):
            self._stages[row, place] = (stages or {}).get(name, 0.0) * 1e3
        self._captured = captured
        self.frames += 1
        if self._first is None:
            self._first = now
            self.first_frame_ms = round(process_age() * 1e3, 1)

    @property
    def fps(self) -> float:
        """Pictures shown per second, over the last five seconds or since the first picture; 0 when none is shown."""
        if self._first is None:
            return 0.0
        since = self._clock() - RATE_SECONDS
        count = int(np.count_nonzero(self._shown[: self.frames] > since))
        return count / max(min(RATE_SECONDS, self._clock() - self._first), 1.0)

    @property
    def overall_fps(self) -> float:
        """Pictures shown per second, from the first picture to the last."""
        if self._first is None or self.frames < 2:
            return 0.0
        last = float(self._shown[(self.frames - 1) % len(self._shown)])
        return (self.frames - 1) / max(last - self._first, 1e-9)

    @property
    def frame_age(self) -> float | None:
        """Seconds since the frame on screen was captured; None before the first."""
        return None if self._captured is None else self._clock() - self._captured

    def inference_ms(self, percentile: float = 50.0) -> float:
        """Percentile of the painting time in milliseconds, over the last pictures; 0 before the first."""
        return self._percentile(self._inference, percentile)

    def latency_ms(self, percentile: float = 50.0) -> float:
        """Percentile of the time from capture to screen in milliseconds; 0 before the first."""
        return self._percentile(self._latency, percentile)

    def stages_ms(self) -> dict[str, float]:
        """Median milliseconds of each stage, over the last pictures."""
        return {name: self._percentile(self._stages[row], 50.0) for row, name in enumerate(STAGES)}

    def _percentile(self, values: NDArray[np.float32], percentile: float) -> float:
        known = values[: self.frames]
        return round(float(np.percentile(known, percentile)), 2) if len(known) else 0.0


def temperature(path: Path = _TEMPERATURE) -> float | None:
    """The processor's temperature in °C, None where it has no sensor."""
    try:
        return int(path.read_text()) / 1000
    except (OSError, ValueError):
        return None


def throttled(path: Path = _THROTTLED) -> bool | None:
    """Whether the Pi throttles now, because of heat or a weak power supply; None on other machines."""
    try:
        flags = int(path.read_text(), 16)
    except (OSError, ValueError):
        return None
    return bool(flags & 0xF)  # the upper half tells of the past


def rss_mb(key: str = "VmRSS") -> float:
    """This process's resident memory in MB (``key="VmHWM"``: its peak); 0 where unknown."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    line = next((line for line in lines if line.startswith(f"{key}:")), "0 0")
    return round(int(line.split()[1]) / 1024, 1)


def process_age() -> float:
    """Seconds since this process started, the interpreter's own start included; to a hundredth of a second."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, AttributeError):
        return time.process_time()


def count_start(folder: str | None) -> int:
    """Count one more start in systemd's runtime folder, which lives until the next boot; returns the restarts so far.

    ``folder`` is ``$RUNTIME_DIRECTORY``; without it nothing is counted.
    """
    if not folder:
        return 0
    path = Path(folder) / _STARTS
    try:
        starts = int(path.read_text()) if path.exists() else 0
        with whole_file(path) as temporary:
            temporary.write_text(f"{starts + 1}\n")
    except (OSError, ValueError):
        return 0
    return starts
