"""The MQTT client of a button panel: sends presses as commands to one installation."""

import time
from collections import deque
from typing import Final

import msgspec

from installation.control.mqtt.base import MqttClient
from installation.control.mqtt.info import InstallationInfo
from installation.control.mqtt.link import Link, LinkOptions
from installation.control.mqtt.topics import INFO, Topics
from installation.settings import BrokerSettings
from installation.show.commands import Command, SetStyle, StepStrength, StepStyle

PATIENCE: Final = 10.0
"""A press that could not be sent for this many seconds is dropped: its visitor has left."""
WAITING: Final = 32


class PanelClient(MqttClient):
    """The client of a panel. It follows the installation's states, so that *next* means next to what is on screen.

    Raises:
        SettingsError: ``settings.url`` is malformed.
    """

    def __init__(self, settings: BrokerSettings, identity: str) -> None:
        self._topics = Topics(settings.base)
        self._id = identity
        self._styles: tuple[str, ...] = ()
        self._style = ""
        self._strength = 1.0
        self._commands: deque[tuple[float, Command]] = deque(maxlen=WAITING)
        self._info_topic = self._topics.of(identity, INFO)
        self._style_topic = self._topics.state(identity, "style")
        self._strength_topic = self._topics.state(identity, "strength")
        filters = (self._info_topic, self._style_topic, self._strength_topic)
        options = LinkOptions(f"art-installation-panel-{identity}", filters)
        self._link = Link(settings, options, self, username=identity)

    def put(self, command: Command) -> None:
        """Pass a command on; from any thread, returns at once."""
        self._commands.append((time.monotonic(), command))
        self._link.wake()

    # Called on the link's thread.

    def connected(self) -> None:
        """A panel has no states of its own."""

    def received(self, topic: str, payload: bytes, _retained: bool) -> None:
        """Note what the installation shows."""
        try:
            if topic == self._info_topic:
                self._styles = tuple(style.name for style in msgspec.json.decode(payload, type=InstallationInfo).styles)
            elif topic == self._style_topic:
                self._style = payload.decode("utf-8")
            elif topic == self._strength_topic:
                self._strength = min(1.0, max(0.0, float(payload)))
        except (ValueError, msgspec.MsgspecError, RecursionError):
            return  # not a valid message of an installation; keep the last known state

    def tick(self, now: float) -> float | None:
        """Send what is waiting."""
        while self._commands:
            made, command = self._commands.popleft()
            if now - made <= PATIENCE:
                self._send(command)
        return None

    def leaving(self) -> None:
        """Send what is still waiting."""
        self.tick(time.monotonic())

    def _send(self, command: Command) -> None:
        # Assume at once that the command is obeyed, so that two quick presses are two steps.
        if isinstance(command, SetStyle):
            self._set_style(command.name)
        elif isinstance(command, StepStyle) and self._styles:
            here = self._styles.index(self._style) if self._style in self._styles else -1 if command.by > 0 else 0
            self._set_style(self._styles[(here + command.by) % len(self._styles)])
        elif isinstance(command, StepStrength):
            self._strength = min(1.0, max(0.0, self._strength + command.by))
            self._link.publish(self._topics.set(self._id, "strength"), f"{self._strength:.3f}", qos=1)

    def _set_style(self, name: str) -> None:
        self._style = name
        self._link.publish(self._topics.set(self._id, "style"), name, qos=1)
