"""Decides on the cost class while the mirror runs: down when it is too slow or too hot, up again when there is room.

Pure logic on a given clock. Down is quick, up is slow, and slower after each step up that had to be taken back: so the
class does not swing to and fro before the visitor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LATE: Final = 0.9
"""A mirror that shows less than this part of the camera's frames is too slow."""
LATE_SECONDS: Final = 4.0
"""It must be too slow for so long: a broker that starts or a collection that is read again passes."""
ROOM: Final = 0.6
"""Part of a frame's time that painting may take after a step up: the rest is the daemon's and the system's."""
ROOM_SECONDS: Final = 20.0
LONGEST_ROOM_SECONDS: Final = 3600.0
"""There must be room for so long before a step up; twice as long after each that was taken back, up to an hour."""
TAKEN_BACK_SECONDS: Final = 120.0
"""A step down so soon after a step up takes it back."""
HOT: Final = 80.0
COOL: Final = 70.0
"""°C of the processor from which the class goes down, and below which it may go up again. A Pi slows down at 80."""
HOT_SECONDS: Final = 5.0
HOT_PAUSE: Final = 30.0
"""It must be hot for so long, and gets so long to cool down before the next step."""


@dataclass(frozen=True, slots=True)
class Load:
    """How a second or so went.

    Args:
        frames: that the camera gave a second.
        pictures: that were shown a second.
        busy: seconds that the frame path worked for one picture, waiting for the screen left out.
        temperature: of the processor in °C, None where unknown.
        throttled: whether the system slows the processor down now, None where unknown.
    """

    frames: float
    pictures: float
    busy: float
    temperature: float | None = None
    throttled: bool | None = None


class ClassGovernor:
    """The cost class for a mirror that should show ``fps`` pictures a second.

    Args:
        start: the class to begin with.
        classes: those to choose from, in rising order; one alone is kept, whatever happens.
        fps: pictures a second, at most, that the camera was asked for.
        reason: why it begins with that class, for people.
    """

    def __init__(self, start: int, classes: Sequence[int], fps: float, reason: str) -> None:
        self.cost_class = start
        self.reason = reason
        """Why it is this class, for people."""
        self._classes = list(classes)
        self._fps = fps
        self._late_since: float | None = None
        self._hot_since: float | None = None
        self._room_since: float | None = None
        self._room_seconds = ROOM_SECONDS
        self._stepped_up_at: float | None = None
        self._cooling_until = 0.0

    def consider(self, load: Load, now: float) -> int:
        """The class that should be painted from now on; called about once a second while pictures are painted."""
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
        """Nothing is painted, or a change is under way: what was seen before counts no more."""
        self._late_since = self._hot_since = self._room_since = None

    def refuse(self, cost_class: int, fallback: int, problem: str) -> None:
        """A class cannot be painted here: stay with another and do not try that one again."""
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
    """Since when something holds, None while it does not."""
    if not holds:
        return None
    return now if before is None else before
