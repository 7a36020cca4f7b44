"""The roster: what is known of every installation from its retained messages."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from installation.control.mqtt.topics import AVAILABILITY, GROUP, HEALTH, INFO, ONLINE, STATES, Topics
from installation.errors import UsageError
from installation.settings.model import ID_PATTERN
from installation.text import printable

LIMIT: Final = 5000
"""Most installations: a broker may hold messages of strangers."""
PAYLOAD_LIMIT: Final = 256 * 1024
LONGEST_STATE: Final = 4096
SILENCE: Final = timedelta(seconds=60)
"""Seconds without a report after which something is wrong, even if the broker says online."""
_ID: Final = re.compile(ID_PATTERN)
HOT: Final = 80.0
"""°C at which the processor throttles."""


class Reported(msgspec.Struct, frozen=True):
    """Base of messages; all text is made printable, because anybody on the broker may have written it."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, str):
                msgspec.structs.force_setattr(self, name, printable(value))


class ReportedHealth(Reported, frozen=True):
    """The fields of a health report that the fleet uses; a missing one is unknown."""

    fps: float | None = None
    frame_age: float | None = None
    mode: str = "ok"
    camera: str = "ok"
    display: str = "ok"
    clock: str = "ok"
    temperature: float | None = None
    throttled: bool | None = None
    uptime: float | None = None
    restarts: int = 0
    dropped_commands: int = 0
    version: str = ""
    present: bool | None = None
    visits: int | None = None
    at: datetime | None = None


class ReportedStyle(Reported, frozen=True):
    """A style on offer."""

    name: str


class ReportedInfo(Reported, frozen=True):
    """The fields of an installation's description that the fleet uses."""

    name: str = ""
    group: str = ""
    version: str = ""
    styles: tuple[ReportedStyle, ...] = ()
    opening: tuple[str, ...] = ()


@dataclass
class Member:
    """One installation. ``seen`` is the time of its last report; None without one.

    ``departures`` counts how often it went offline while we listened.
    """

    id: str
    availability: str = ""
    info: ReportedInfo | None = None
    health: ReportedHealth | None = None
    states: dict[str, str] = field(default_factory=dict)
    seen: datetime | None = None
    departures: int = 0

    @property
    def online(self) -> bool:
        """Whether it is online, according to the broker."""
        return self.availability == ONLINE

    @property
    def group(self) -> str:
        """Its group; empty if unknown."""
        return self.info.group if self.info else ""

    @property
    def style(self) -> str:
        """What is on screen, as text."""
        phase = self.states.get("phase", "")
        return printable(phase if phase in ("closed", "off") else self.states.get("style", ""))

    @property
    def complete(self) -> bool:
        """Whether all of its retained messages have arrived."""
        return self.availability != "" and None not in (self.info, self.health) and "phase" in self.states

    def problems(self, now: datetime | None = None) -> list[str]:
        """Its problems, as sentences."""
        if not self.online:
            return ["offline"]
        health = self.health
        if health is None:
            return ["no health report"]
        found = []
        if self.seen is not None and (now or datetime.now(UTC)) - self.seen > SILENCE:
            # After a power cut the broker does not know that an installation did not come back.
            found.append(f"silent since {self.seen:%Y-%m-%d %H:%M} UTC")
        found += [
            f"{part}: {word}"
            for part, word in (
                ("mode", health.mode),
                ("camera", health.camera),
                ("display", health.display),
                ("clock", health.clock),
            )
            if word != "ok"
        ]
        if health.temperature is not None and health.temperature >= HOT:
            found.append(f"hot: {health.temperature:.0f} °C")
        if health.throttled:
            found.append("throttled by heat or a weak power supply")
        return found


class Roster:
    """All installations below one base topic."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self.members: dict[str, Member] = {}

    def filters(self) -> tuple[str, ...]:
        """Topic filters to subscribe to."""
        rest = (AVAILABILITY, INFO, HEALTH, *(f"{what}/state" for what in STATES))
        return tuple(self._topics.of("+", one) for one in rest)

    def receive(self, topic: str, payload: bytes, retained: bool, now: datetime) -> Member | None:
        """Store a message; returns its installation, None if it has no meaning."""
        parts = self._topics.split(topic)
        if parts is None or len(payload) > PAYLOAD_LIMIT or parts[0].startswith(GROUP + "/"):
            return None
        identity, rest = parts
        if not _ID.match(identity) or (identity not in self.members and len(self.members) >= LIMIT):
            return None
        if not payload:  # its retained messages have been removed, the availability last
            if rest == AVAILABILITY:
                self.members.pop(identity, None)
            return None
        member = self.members.get(identity) or Member(identity)
        if not _note(member, rest, payload):
            return None
        member.seen = now if not retained and rest != AVAILABILITY else member.seen or _reported(member)
        self.members[identity] = member
        return member

    def complete(self) -> bool:
        """Whether any installation is known, and all online ones completely."""
        return bool(self.members) and all(member.complete for member in self.members.values() if member.online)

    def sorted(self) -> list[Member]:
        """All installations by group, then id."""
        return sorted(self.members.values(), key=lambda member: (member.group, member.id))

    def chosen(self, ids: Sequence[str], group: str, everybody: bool) -> list[Member]:
        """The installations that a command is for.

        Raises:
            UsageError: an id or group is unknown.
        """
        if everybody:
            return self.sorted()
        if group:
            found = [member for member in self.sorted() if member.group == group]
            if not found:
                raise UsageError(
                    f"there is no group '{group}'; there are {_listed({m.group for m in self.members.values()})}"
                )
            return found
        unknown = [identity for identity in ids if identity not in self.members]
        if unknown:
            raise UsageError(f"there is no installation '{unknown[0]}'; there are {_listed(self.members)}")
        return [self.members[identity] for identity in dict.fromkeys(ids)]


def _note(member: Member, rest: str, payload: bytes) -> bool:
    """Store the payload in its field; False if it is invalid."""
    try:
        if rest == AVAILABILITY:
            before, member.availability = member.online, _line(payload)
            member.departures += before and not member.online
        elif rest == INFO:
            member.info = _lenient(payload, ReportedInfo)
        elif rest == HEALTH:
            member.health = _lenient(payload, ReportedHealth)
        elif rest.endswith("/state") and rest.removesuffix("/state") in STATES:
            member.states[rest.removesuffix("/state")] = _line(payload)
        else:
            return False
    except (UnicodeDecodeError, msgspec.MsgspecError, RecursionError):
        return False
    return True


def _reported(member: Member) -> datetime | None:
    """Time of its last report, by its own clock."""
    at = member.health.at if member.health else None
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def _line(payload: bytes) -> str:
    return printable(payload.decode("utf-8"), LONGEST_STATE)


def _lenient(payload: bytes, kind: Any) -> Any:
    return msgspec.json.decode(payload, type=kind, strict=False)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(filter(None, names))[:20]) or "none"
