"""The technician's MQTT client: receives the messages of all installations and sends commands."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from installation.control.mqtt.address import NONE
from installation.control.mqtt.link import ONLINE, Link, LinkOptions
from installation.control.mqtt.topics import Topics
from installation.errors import ControlError, UsageError
from installation.fleet.roster import Roster
from installation.settings import BrokerSettings
from installation.text import printable

LOOK_EVERY: Final = 0.02
QUIET_SECONDS: Final = 0.15
"""Seconds without a new message after which all retained messages have arrived."""
PACKET_LIMIT: Final = 1024 * 1024
EXPIRY: Final = 30
"""Seconds after which the broker drops a command that it could not deliver."""


class Answer(msgspec.Struct, frozen=True):
    """An installation's answer to a request."""

    status: str
    error: str = ""
    transaction: str | int | float | bool | None = None
    data: dict[str, Any] = {}

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "error", printable(self.error))

    def lines(self) -> tuple[str, ...]:
        """The lines of a log, printable; empty for other answers."""
        found = self.data.get("lines")
        return tuple(printable(str(line), 1000) for line in found[:200]) if isinstance(found, list) else ()


@dataclass(frozen=True, slots=True)
class _Message:
    topic: str
    payload: str
    retain: bool = False


class FleetClient:
    """Use as a context manager: connects, keeps `roster` up to date, and reconnects by itself.

    `lock` guards ``roster`` and ``answers`` (by op, then installation), which change while it is not held. Conditions
    are checked every few milliseconds instead of at every message, because a museum sends thousands at once.

    Raises:
        UsageError: no broker is named.
        ControlError: the broker cannot be reached or refuses us.
    """

    def __init__(self, settings: BrokerSettings, patience: float = 10.0) -> None:
        if settings.url in (NONE, "embedded", ""):
            raise UsageError(
                "no broker is named; give --broker mqtt://HOST, set ART_BROKER or ART_CONFIG, or give --config"
            )
        self.topics = Topics(settings.base)
        self.roster = Roster(self.topics)
        self.answers: dict[str, dict[str, Answer]] = {}
        self.lock = threading.Lock()
        self._patience = patience
        self._outbox: deque[_Message] = deque()
        self._heard_at = time.monotonic()
        filters = (*self.roster.filters(), self.topics.response("+", "+"))
        name = f"art-fleet-{os.getpid()}-{time.time_ns() & 0xFFFFFF:x}"
        # With QoS 0 thousands of retained messages arrive in 0.2 s; with acknowledgements, 20 at a time, it takes long.
        self._link = Link(settings, LinkOptions(name, filters, qos=0, packet_limit=PACKET_LIMIT), self)

    def __enter__(self) -> Self:
        self._link.start()
        deadline = time.monotonic() + self._patience
        while (state := self._link.state) != ONLINE:
            if state.startswith(("refused", "unreachable")) or time.monotonic() > deadline:
                self._link.stop()
                raise ControlError(f"no connection to the broker ({state}); check its address and your account")
            time.sleep(0.01)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._link.stop()

    @property
    def state(self) -> str:
        """The connection's state, see `Link`."""
        return self._link.state

    def learn(self, timeout: float) -> None:
        """Wait until all retained messages have arrived, or the time is over."""

        def known() -> bool:
            quiet = time.monotonic() - self._heard_at
            return quiet > (QUIET_SECONDS if self.roster.complete() else 3 * QUIET_SECONDS)

        self.wait(known, timeout)

    def wait(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until the condition, evaluated with the lock held, is true; returns whether it became true in time."""
        deadline = time.monotonic() + timeout
        while True:
            with self.lock:
                if condition():
                    return True
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_EVERY)

    def send(self, topic: str, payload: str) -> None:
        """Publish a command."""
        self._outbox.append(_Message(topic, payload))
        self._link.wake()

    def clear(self, topic: str) -> None:
        """Remove the retained message of a topic."""
        self._outbox.append(_Message(topic, "", retain=True))
        self._link.wake()

    # Called on the link's thread.

    def connected(self) -> None:
        """A technician has no states to publish."""

    def received(self, topic: str, payload: bytes, retained: bool) -> None:
        """Store an installation's message."""
        with self.lock:
            if retained:  # online installations keep sending
                self._heard_at = time.monotonic()
            if self.roster.receive(topic, payload, retained, datetime.now(UTC)) is None:
                self._answered(topic, payload)

    def tick(self, _now: float) -> float | None:
        """Send waiting messages."""
        while self._outbox:
            message = self._outbox.popleft()
            self._link.publish(message.topic, message.payload, qos=1, retain=message.retain, expiry=EXPIRY)
        return None

    def leaving(self) -> None:
        """Send the remaining messages."""
        self.tick(time.monotonic())

    def _answered(self, topic: str, payload: bytes) -> None:
        parts: Sequence[str] = self.topics.split(topic) or ("", "")
        identity, rest = parts
        if rest.startswith("response/"):
            try:
                answer = msgspec.json.decode(payload, type=Answer)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                return
            self.answers.setdefault(rest.removeprefix("response/"), {})[identity] = answer
