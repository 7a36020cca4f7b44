"""The installation's MQTT client: receives commands, publishes states, answers requests. Never waits for the broker."""

import base64
import logging
import random
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from installation.control.mqtt import homeassistant
from installation.control.mqtt.base import MqttClient
from installation.control.mqtt.decoder import Decoder
from installation.control.mqtt.handover import Handover
from installation.control.mqtt.info import InstallationInfo
from installation.control.mqtt.link import ONLINE as CONNECTED
from installation.control.mqtt.link import Link, LinkOptions
from installation.control.mqtt.states import States
from installation.control.mqtt.topics import AVAILABILITY, HEALTH, INFO, KEPT, OFFLINE, ONLINE, PICTURE, PIECE, Topics
from installation.errors import CommandError
from installation.service.health import Health
from installation.settings import Settings
from installation.show.commands import Request
from installation.show.director import Scene
from installation.show.offer import Offer
from installation.show.queue import CommandQueue

SESSION_SECONDS: Final = 300
"""How long the broker keeps commands while the mirror is away: a tap during a restart counts, an older one does not."""
ANSWERS: Final = 32
"""Most answers that wait to be sent."""
ANSWER_LIMIT: Final = 256 * 1024
"""Most bytes of an answer; only a snapshot is large."""
WARN_EVERY: Final = 30.0
"""Seconds between two log lines on refused commands, so that a flood does not fill the log."""
BIRTH_SECONDS: Final = 3.0
"""Seconds over which installations spread their discovery messages after Home Assistant has started."""

logger = logging.getLogger(__name__)


class Control(MqttClient):
    """The MQTT client of one installation.

    The mirror's thread calls ``show``, ``health``, ``respond``, ``offer`` and ``hand_over``: they leave a message to be
    sent and return at once. ``state`` is that of the `Link`; ``dropped`` counts refused commands.

    Raises:
        SettingsError: ``settings.broker.url`` is malformed.
    """

    def __init__(self, settings: Settings, info: InstallationInfo, queue: CommandQueue) -> None:
        self._id = info.id
        self._group = info.group
        self._settings = settings.broker
        self._topics = Topics(settings.broker.base)
        self._queue = queue
        self._info = info
        self._decoder = Decoder(self._topics, info.id, info.group, [style.name for style in info.styles])
        self._states = States()
        self._scene: Scene | None = None
        self._health: Health | None = None
        self._health_told: Health | None = None
        self._answers: deque[tuple[str, bytes]] = deque(maxlen=ANSWERS)
        self._introduce_at: float | None = None
        self._warned_at = -WARN_EVERY
        self._handover = Handover()
        self._kept = self._topics.of(info.id, KEPT)
        self._birth = f"{settings.broker.homeassistant_prefix}/status"
        filters = [*self._topics.commands(info.id, info.group)]
        if settings.broker.homeassistant:
            filters.append(self._birth)
        if settings.souvenir.enabled and settings.souvenir.url:
            filters.append(self._kept)
        self._link = Link(
            settings.broker,
            LinkOptions(
                name=f"art-installation-{info.id}",
                filters=tuple(filters),
                session=SESSION_SECONDS,
                retained=False,
                will=(self._topics.availability(info.id), OFFLINE),
            ),
            self,
            username=info.id,
        )
        self.dropped = 0

    def show(self, scene: Scene) -> None:
        """Publish what is on screen; called every frame, costs one comparison when nothing changed."""
        if scene != self._scene:
            self._scene = scene
            self._link.wake()

    def health(self, health: Health) -> None:
        """Publish the health report."""
        self._health = health
        self._link.wake()

    def respond(self, request: Request, error: str | None = None, data: Mapping[str, object] | None = None) -> None:
        """Answer a request; ``error`` is the reason of a failure."""
        payload = _answer(request, error, data)
        if len(payload) > ANSWER_LIMIT:
            data = None
            payload = _answer(request, "the answer is too large to send; choose a smaller network.size", None)
        self._answers.append((self._topics.response(self._id, request.op), payload))
        if request.op == "snapshot" and data is not None and "base64" in data:
            # Home Assistant's camera reads no JSON.
            self._answers.append((self._topics.of(self._id, PICTURE), base64.b64decode(str(data["base64"]))))
        self._link.wake()

    def hand_over(self, secret: str, picture: bytes, *, seconds: int, fetches: int) -> None:
        """Send a souvenir to the hub, which gives it to whoever knows the secret; `handed_over` tells how it went."""
        self._handover.begin(secret, picture, seconds=seconds, fetches=fetches)
        if self.state != CONNECTED:
            self._handover.fail(f"the picture cannot be sent to the hub: broker {self.state}")
        self._link.wake()

    def handed_over(self) -> str | None:
        """None while the last souvenir is under way, "" when the hub keeps it, else why it does not."""
        return self._handover.outcome()

    def offer(self, offer: Offer, network_sha256: str) -> None:
        """Use another offer, painted by the network with this hash."""
        self._decoder = Decoder(self._topics, self._id, self._group, offer.names)
        self._info = msgspec.structs.replace(self._info, styles=offer.styles, network_sha256=network_sha256)
        self._introduce_at = time.monotonic()
        self._link.wake()

    # Called on the link's thread.

    def connected(self) -> None:
        """Publish everything again: the broker may have lost it, or published our last will."""
        self._introduce_at = None
        self._states.reset()
        self._introduce()
        self._tell(time.monotonic())
        self._tell_health(self._health)
        self._publish(AVAILABILITY, ONLINE)

    def received(self, topic: str, payload: bytes, retained: bool) -> None:
        """Put a command into the queue, or drop and count it."""
        if topic == self._birth:
            if payload == ONLINE.encode():
                self._introduce_at = time.monotonic() + random.uniform(0.0, BIRTH_SECONDS)  # noqa: S311 - no secret
            return
        try:
            if topic == self._kept:
                self._handover.answered(payload)
                return
            self._queue.put(self._decoder.decode(topic, payload, retained))
        except CommandError as error:
            self.dropped += 1
            self._warn(topic, error)

    def tick(self, now: float) -> float | None:
        """Publish what is due, unless earlier messages are still being sent."""
        if self._link.congested:
            return None  # the link calls again as soon as they are sent
        while self._answers:
            topic, payload = self._answers.popleft()
            self._link.publish(topic, payload, qos=1)
        if self._introduce_at is not None and now >= self._introduce_at:
            self._introduce_at = None
            self._introduce()
        self._tell(now)
        if self._health is not self._health_told:
            self._tell_health(self._health)
        piece = self._handover.next_piece()
        if piece is not None:
            self._link.publish(self._topics.of(self._id, PIECE), piece)
            return 0.0
        waits = [self._states.wait(now), None if self._introduce_at is None else self._introduce_at - now]
        return min((wait for wait in waits if wait is not None), default=None)

    def leaving(self) -> None:
        """Publish the last answers, then ``offline``."""
        while self._answers:
            topic, payload = self._answers.popleft()
            self._link.publish(topic, payload, qos=1)
        self._publish(AVAILABILITY, OFFLINE)

    def _introduce(self) -> None:
        self._publish(INFO, msgspec.json.encode(self._info))
        prefix = self._settings.homeassistant_prefix
        message = b""
        if self._settings.homeassistant:
            message = homeassistant.discovery(self._info, self._topics, snapshots=self._settings.snapshot)
        self._link.publish(homeassistant.discovery_topic(prefix, self._id), message, qos=1, retain=True)

    def _tell(self, now: float) -> None:
        if self._scene is None:
            return
        self._states.take(self._scene)
        for what, payload in self._states.due(now):
            self._publish(f"{what}/state", payload)

    def _tell_health(self, health: Health | None) -> None:
        self._health_told = health
        if health is not None:
            at = datetime.now(UTC).replace(microsecond=0)
            self._publish(HEALTH, msgspec.json.encode({**msgspec.to_builtins(health), "at": at}), qos=0)

    def _publish(self, rest: str, payload: str | bytes, qos: int = 1) -> None:
        self._link.publish(self._topics.of(self._id, rest), payload, qos=qos, retain=True)

    def _warn(self, topic: str, error: CommandError) -> None:
        now = time.monotonic()
        if now - self._warned_at >= WARN_EVERY:
            self._warned_at = now
            logger.warning("a command was dropped, %d so far: %.80r: %s", self.dropped, topic, error)


def _answer(request: Request, error: str | None, data: Mapping[str, object] | None) -> bytes:
    answer: dict[str, object] = {"status": "ok" if error is None else "error"}
    if error is not None:
        answer["error"] = error
    return msgspec.json.encode({**answer, "data": dict(data or {}), "transaction": request.transaction})
