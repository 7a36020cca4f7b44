"""Checks the broker: is it reachable, does it accept us, may we publish?"""

import threading
import time
from pathlib import Path
from typing import Final

import msgspec

from installation.control.mqtt.address import NONE, in_the_clear
from installation.control.mqtt.link import ONLINE, Link, LinkOptions
from installation.control.mqtt.topics import Topics
from installation.doctor.check import Check
from installation.settings import Settings

PASSWORDS: Final = Path("/etc/art-installation")
"""Folder of a bare ``password_file`` outside of systemd, which makes it a credential."""
WORD: Final = b"echo"
_PATIENCE: Final = 8.0
_PAUSE: Final = 0.05


class Echo:
    """Publishes one message below the installation's own topics and listens for it."""

    def __init__(self, settings: Settings) -> None:
        me, broker = settings.installation.id, settings.broker
        self._topic = Topics(broker.base).of(me, "doctor")
        self._sent = False
        self.heard = threading.Event()
        options = LinkOptions(f"art-doctor-{time.time_ns() & 0xFFFFFF:x}", (self._topic,), retained=False)
        self.link = Link(broker, options, self, username=me)

    def connected(self) -> None:
        """Publish it again on a new connection."""
        self._sent = False

    def received(self, topic: str, payload: bytes, retained: bool) -> None:
        """It came back."""
        if (topic, payload, retained) == (self._topic, WORD, False):
            self.heard.set()

    def tick(self, _now: float) -> float | None:
        """Say it, once."""
        if not self._sent:
            self._sent = True
            self.link.publish(self._topic, WORD, qos=1)
        return None

    def leaving(self) -> None:
        """Nothing remains to be published."""


def check_broker(settings: Settings, patience: float = _PATIENCE) -> Check:
    """Connect as the installation does, and wait for a message of our own to come back."""
    if settings.broker.url in (NONE, "embedded"):
        return Check("broker", "skipped", f"the settings say {settings.broker.url}")
    echo = Echo(with_password(settings))
    echo.link.start()
    deadline = time.monotonic() + patience
    try:
        while time.monotonic() < deadline and not echo.heard.is_set() and not echo.link.state.startswith("refused"):
            echo.heard.wait(_PAUSE)
        state = echo.link.state
    finally:
        echo.link.stop()
    url = settings.broker.url
    if echo.heard.is_set() and (warning := in_the_clear(settings.broker)):
        found, _, cure = warning.partition("; ")
        return Check("broker", "note", found, cure)
    if echo.heard.is_set():
        return Check("broker", "ok", f"{url}: reachable, accepts the account and its messages")
    if state == ONLINE:
        return Check(
            "broker",
            "bad",
            f"{url}: accepts the account but not its messages",
            "run hub.yml, its permissions lack this id",
        )
    if state.startswith("refused"):
        return Check("broker", "bad", f"{url}: {state}", "run site.yml, hub and device must share the password")
    return Check("broker", "bad", f"{url}: {state}", "check the hub, the network cable and the firewall")


def with_password(settings: Settings, folder: Path = PASSWORDS) -> Settings:
    """The settings with the password's real path where it is named as a credential, which the doctor does not get."""
    name = settings.broker.password_file
    if not name or "/" in name or not (folder / name).is_file():
        return settings
    broker = msgspec.structs.replace(settings.broker, password_file=str(folder / name))
    return msgspec.structs.replace(settings, broker=broker)
