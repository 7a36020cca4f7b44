"""The hub's MQTT client: takes pieces of pictures from installations, and tells each how it went."""

import logging
import re
import time
from collections import deque
from typing import Final

import msgspec

from installation.control.mqtt.base import MqttClient
from installation.control.mqtt.link import Link, LinkOptions
from installation.control.mqtt.pieces import LONGEST_HEAD, PIECE_BYTES, Kept, unpacked
from installation.control.mqtt.topics import KEPT, PIECE, Topics
from installation.errors import CommandError
from installation.fault_log import FaultLog
from installation.settings import NAME_PATTERN, BrokerSettings
from installation.souvenirs.shelf import Shelf

PACKET_LIMIT: Final = PIECE_BYTES + LONGEST_HEAD + 1024
ANSWERS: Final = 100
"""Most answers that wait to be sent."""

_ID: Final = re.compile(NAME_PATTERN)

logger = logging.getLogger(__name__)


class SouvenirClient(MqttClient):
    """Fills a shelf with what installations send.

    Raises:
        SettingsError: ``settings.url`` is malformed.
    """

    def __init__(self, settings: BrokerSettings, shelf: Shelf) -> None:
        self._topics = Topics(settings.base)
        self._shelf = shelf
        self._answers: deque[tuple[str, bytes]] = deque(maxlen=ANSWERS)
        self._faults = FaultLog(logger, "souvenirs")  # whoever sends nonsense does not fill the log
        # QoS 0, no session: the broker keeps no picture for us, in memory or on its disk.
        options = LinkOptions(
            "art-souvenirs", (self._topics.of("+", PIECE),), qos=0, retained=False, packet_limit=PACKET_LIMIT
        )
        self._link = Link(settings, options, self)

    # Called on the link's thread.

    def connected(self) -> None:
        """There is nothing to say."""

    def received(self, topic: str, payload: bytes, retained: bool) -> None:
        """Put a piece on the shelf."""
        owner, rest = self._topics.split(topic) or ("", "")
        if retained or rest != PIECE or not _ID.fullmatch(owner):
            return
        try:
            head, data = unpacked(payload)
        except CommandError as error:
            self._faults.fault(f"{owner}: what it sent {error}")
            return
        try:
            complete = self._shelf.take(owner, head, data, time.monotonic())
        except CommandError as error:
            self._faults.fault(f"{owner}: its picture is refused: {error}")
            self._answer(owner, Kept(head.name, str(error)))
            return
        if complete:
            self._answer(owner, Kept(head.name))

    def tick(self, _now: float) -> float | None:
        """Send waiting answers."""
        while self._answers:
            topic, payload = self._answers.popleft()
            self._link.publish(topic, payload, qos=1)
        return None

    def leaving(self) -> None:
        """Send the remaining answers."""
        self.tick(time.monotonic())

    def _answer(self, owner: str, kept: Kept) -> None:
        self._answers.append((self._topics.of(owner, KEPT), msgspec.json.encode(kept)))
        self._link.wake()
