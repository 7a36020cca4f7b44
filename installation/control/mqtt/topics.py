"""The topics, defined once for the clients, the fleet, the tests and ``docs/mqtt.md``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

ALL: Final = "all"
GROUP: Final = "group"
AVAILABILITY: Final = "availability"
INFO: Final = "info"
HEALTH: Final = "health"
PICTURE: Final = "picture"
PIECE: Final = "souvenir/piece"
KEPT: Final = "souvenir/kept"
"""A souvenir on its way to the hub, and the hub's answer."""
ONLINE: Final = "online"
OFFLINE: Final = "offline"
ON: Final = "ON"
OFF: Final = "OFF"
NEW: Final = "new"
"""Asks for a surprise by chance."""
NONE: Final = "none"
"""State of ``surprise`` while none is on screen."""

SETTABLE: Final = ("style", "strength", "mix", "surprise", "attract", "display")
"""Values that can be set; each has a state topic too."""
STATES: Final = (*SETTABLE, "phase")
"""Values with a retained state topic."""
OPS: Final = ("identify", "restart", "reload", "snapshot", "souvenir", "log")
"""Requests that get an answer."""

Verb = Literal["set", "request"]


@dataclass(frozen=True, slots=True)
class CommandTopic:
    """A command topic: ``style/set`` is ``CommandTopic("set", "style")``."""

    verb: Verb
    what: str


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics below one base topic."""

    base: str

    def of(self, identity: str, rest: str) -> str:
        """A topic of one installation."""
        return f"{self.base}/{identity}/{rest}"

    def availability(self, identity: str) -> str:
        """Topic of its ``online`` and ``offline`` (the last will)."""
        return self.of(identity, AVAILABILITY)

    def state(self, identity: str, what: str) -> str:
        """State topic of one of `STATES`."""
        return self.of(identity, f"{what}/state")

    def set(self, target: str, what: str) -> str:
        """Topic that sets one of `SETTABLE`; ``target`` is an id, ``all`` or ``group/<name>``."""
        return self.of(target, f"{what}/set")

    def request(self, target: str, op: str) -> str:
        """Topic that requests one of `OPS`; ``target`` as in `set`."""
        return self.of(target, f"request/{op}")

    def response(self, identity: str, op: str) -> str:
        """Topic of the answer to a request."""
        return self.of(identity, f"response/{op}")

    def commands(self, identity: str, group: str) -> Iterator[str]:
        """Topic filters that an installation subscribes to."""
        for target in (identity, f"{GROUP}/{group}", ALL):
            yield self.set(target, "+")
            yield self.request(target, "+")

    def retained(self, identity: str) -> Iterator[str]:
        """All retained topics of an installation; its availability is last."""
        yield self.of(identity, INFO)
        yield self.of(identity, HEALTH)
        yield from (self.state(identity, what) for what in STATES)
        yield self.availability(identity)

    def split(self, topic: str) -> tuple[str, str] | None:
        """``(target, rest)`` of a topic below the base, None for any other: ``("group/hall", "style/set")``."""
        head, _, tail = topic.removeprefix(self.base + "/").partition("/")
        if not topic.startswith(self.base + "/") or not tail:
            return None
        if head != GROUP:
            return head, tail
        group, _, rest = tail.partition("/")
        return (f"{GROUP}/{group}", rest) if rest else None

    def command(self, topic: str) -> tuple[str, CommandTopic] | None:
        """``(target, command)`` of a command topic, None for any other."""
        parts = self.split(topic)
        if parts is None:
            return None
        target, rest = parts
        first, _, second = rest.partition("/")
        if second == "set":
            return target, CommandTopic("set", first)
        if first == "request" and second and "/" not in second:
            return target, CommandTopic("request", second)
        return None
