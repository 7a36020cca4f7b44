"""Records the processor's heat while something else works."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from installation.service.health import temperature, throttled

_FREQUENCY: Final = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: seconds since the start, °C, whether the Pi throttled, MHz; None where unknown."""

    seconds: float
    degrees: float | None
    throttled: bool | None
    megahertz: float | None


class HeatLog:
    """Samples every ``pause`` seconds in a thread of its own, during its ``with`` block."""

    def __init__(self, pause: float = 10.0, look: Callable[[float], Sample] | None = None) -> None:
        self.samples: list[Sample] = []
        self._pause = pause
        self._look = look or sample
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        start = time.monotonic()
        while True:
            self.samples.append(self._look(time.monotonic() - start))
            if self._stop.wait(self._pause):
                return


def sample(seconds: float) -> Sample:
    """Temperature, throttling and frequency now."""
    try:
        megahertz: float | None = int(_FREQUENCY.read_text()) / 1000
    except (OSError, ValueError):
        megahertz = None
    return Sample(round(seconds, 1), temperature(), throttled(), megahertz)
