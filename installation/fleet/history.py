"""A day of each installation: frame rate, temperature and visits, once a minute, in memory only."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from installation.fleet.roster import Member

MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Sample:
    """One minute of one installation; None is unknown."""

    online: bool
    fps: float | None
    temperature: float | None


@dataclass
class Day:
    """The samples, the newest last, and the visits of the last 24 clock hours by their hour, UTC."""

    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=MINUTES))
    visits: dict[int, int] = field(default_factory=dict)
    counted: int | None = None


class History:
    """Keeps a day of every installation; one that is forgotten loses its day."""

    def __init__(self) -> None:
        self.days: dict[str, Day] = {}

    def record(self, members: Iterable[Member], hour: int) -> None:
        """Take one sample of each; ``hour`` counts hours, such as since 1970."""
        known = {member.id: member for member in members}
        self.days = {identity: self.days.get(identity) or Day() for identity in known}
        for identity, member in known.items():
            day, health = self.days[identity], member.health if member.online else None
            day.samples.append(
                Sample(member.online, health.fps if health else None, health.temperature if health else None)
            )
            if health is None or health.visits is None:
                continue
            # A mirror that started anew counts from 0 again.
            new = health.visits - day.counted if day.counted is not None else 0
            day.counted = health.visits
            day.visits[hour] = day.visits.get(hour, 0) + (new if new >= 0 else health.visits)
            day.visits = {at: count for at, count in day.visits.items() if hour - at < 24}
