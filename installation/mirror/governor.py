"""Chooses the cost class while the mirror runs: a smaller one when it is too slow or too hot, a larger one when it can.

Pure logic; the caller passes the time. Steps down are quick, steps up slow, and slower after each step up that failed,
so that the class does not oscillate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LATE: Final = 0.9
"""A mirror that shows a smaller share of the camera's frames is too slow."""
LATE_SECONDS: Final = 4.0
"""Seconds that it must be too slow before a step down, so that a short load does not count."""
ROOM: Final = 0.6
"""Share of a frame's time that painting may take after a step up; the daemon and the system need the rest."""
ROOM_SECONDS: Final = 20.0
LONGEST_ROOM_SECONDS: Final = 3600.0
"""Seconds with room before a step up; doubled after each step up that failed, up to an hour."""
TAKEN_BACK_SECONDS: Final = 120.0
"""A step down within this many seconds after a step up means that the step up failed."""
HOT: Final = 80.0
COOL: Final = 70.0
"""°C of the processor at which the class goes down, and below which it may go up again. A Pi throttles at 80."""
HOT_SECONDS: Final = 5.0
HOT_PAUSE: Final = 30.0
"""Seconds of heat before a step down, and seconds to cool down before the next."""


@dataclass(frozen=True, slots=True)
class Load:
    """The load of about one second.

    Args:
        frames: frames per second from the camera.
        pictures: pictures shown per second.
        busy: seconds of work for one picture, without waiting for the screen.
        temperature: the processor's, in °C; None where unknown.
        throttled: whether the processor is throttled now; None where unknown.
    """

    frames: float
    pictures: float
    busy: float
    temperature: float | None = None
    throttled: bool | None = None


class ClassGovernor:
    """Chooses the cost class for a mirror that should show ``fps`` pictures per second.

    Args:
        start: the first class.
        classes: the classes to choose from, in rising order; a single one is never changed.
        fps: the camera's configured frames per second.
        reason: why it starts with that class, as text.
    """

    def __init__(self, start: int, classes: Sequence[int], fps: float, reason: str) -> None:
        self.cost_class = start
        self.reason = reason
        """The reason for the current class, as text."""
        self._classes = list(classes)
        self._fps = fps
        self._late_since: float | None = None
        self._hot_since: float | None = None
        self._room_since: float | None = None
        self._room_seconds = ROOM_SECONDS
        self._stepped_up_at: float | None = None
        self._cooling_until = 0.0

    def consider(self, load: Load, now: float) -> int:
        """Return the class to paint from now on; called about once a second while pictures are painted."""
        hot = bool(load.throttled) or (load.temperature is not None and load.temperature >= HOT)
        late = load.pictures < LATE * min(load.frames, self._fps)
        self._hot_since = _since(self._hot_since, hot, now)
        self._late_since = _since(self._late_since, late, now)
        higher = self._neighbour(1)
        room = (
            higher is not None
            and not late
            and not hot
            and (load.temperature is None or load.temperature < COOL)
            and load.busy * (higher / self.cost_class) ** 2 <= ROOM / self._fps
        )
        self._room_since = _since(self._room_since, room, now)
        if self._lasts(self._hot_since, HOT_SECONDS, now) and now >= self._cooling_until:
            self._cooling_until = now + HOT_PAUSE
            what = f"{load.temperature:.0f} °C" if load.temperature is not None else "the processor"
            self._go(-1, f"{what} is too hot" if not load.throttled else f"throttled at {what}", now)
        elif self._lasts(self._late_since, LATE_SECONDS, now):
            self._go(-1, f"{load.pictures:.0f} of {load.frames:.0f} frames a second at class {self.cost_class}", now)
        elif self._lasts(self._room_since, self._room_seconds, now):
            self._go(1, f"{load.busy * 1e3:.1f} ms a picture at class {self.cost_class} left room", now)
        return self.cost_class

    def rest(self) -> None:
        """Forget earlier loads: nothing is painted, or the size is changing."""
        self._late_since = self._hot_since = self._room_since = None

    def refuse(self, cost_class: int, fallback: int, problem: str) -> None:
        """A class cannot be painted here: keep another, and do not try that one again."""
        if len(self._classes) > 1:
            self._classes = [known for known in self._classes if known != cost_class]
        self.cost_class, self.reason = fallback, problem
        self.rest()

    def _go(self, step: int, reason: str, now: float) -> None:
        self.rest()
        to = self._neighbour(step)
        if to is None:
            return
        if step > 0:
            self._stepped_up_at = now
        elif self._stepped_up_at is not None and now - self._stepped_up_at < TAKEN_BACK_SECONDS:
            self._room_seconds = min(self._room_seconds * 2, LONGEST_ROOM_SECONDS)
            self._stepped_up_at = None
        self.cost_class, self.reason = to, reason

    def _neighbour(self, step: int) -> int | None:
        """The next class up or down; None where there is none."""
        if step > 0:
            return next((known for known in self._classes if known > self.cost_class), None)
        return next((known for known in reversed(self._classes) if known < self.cost_class), None)

    @staticmethod
    def _lasts(since: float | None, seconds: float, now: float) -> bool:
        return since is not None and now - since >= seconds


def _since(before: float | None, holds: bool, now: float) -> float | None:
    """How long a condition has held: its start, None while it does not hold."""
    if not holds:
        return None
    return now if before is None else before
