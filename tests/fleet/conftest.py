"""A fleet of stub mirrors: the daemon's own control, with a director, behind a real mosquitto."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from installation.control.mqtt.client import Control
from installation.control.web.embedded import find_mosquitto
from installation.errors import StyleError
from installation.service.health import Health
from installation.settings import BrokerSettings, Settings, ShowSettings
from installation.show.commands import Request
from installation.show.director import Director
from installation.show.offer import Offer
from installation.show.queue import CommandQueue
from tests.control.hub import Hub
from tests.control.parts import an_info


class StubMirror:
    """The daemon's own control and director, with a loop that paints nothing."""

    def __init__(self, broker: BrokerSettings, identity: str, group: str, **health: Any) -> None:
        self.queue = CommandQueue()
        self.deaf = False
        self.asked: list[Request] = []
        self.comes_back = True
        self._broker, self._who = broker, (identity, group)
        self.control = Control(Settings(broker=broker), an_info(*self._who), self.queue)
        self.director = Director(
            ShowSettings(morph_seconds=0.3, attract=False), Offer(an_info().styles), time.monotonic()
        )
        values: dict[str, Any] = {
                  "fps": 25.0, "inference_ms": 12.0, "frame_age": 0.04, "camera": "ok", "display": "ok", "broker": "ok",
                  "temperature": 50.0, "throttled": False, "rss_mb": 100.0, "uptime": 60.0, "restarts": 0,
                  "dropped_commands": 0, "version": "1.2.3"}  # fmt: skip
        self._health = {**values, **health}
        self.control.health(Health(**self._health))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "StubMirror":
        self.control.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)
        self.control.stop()

    def _run(self) -> None:
        while not self._stopping.wait(0.04):
            self.step()

    def step(self) -> None:
        now = time.monotonic()
        for command in self.queue.drain():
            if self.deaf:
                continue
            if isinstance(command, Request):
                self.asked.append(command)
                self.control.respond(command, "no camera to restart" if command.transaction is None else None)
                if command.op == "restart":
                    self.restart()
            else:
                try:
                    self.director.obey(command, now)
                except StyleError:
                    continue
        self.control.show(self.director.scene(now, datetime.now()))

    def restart(self) -> None:
        """As systemd would: gone, and soon there again with nothing remembered."""
        time.sleep(0.1)
        self.control.stop()
        if self.comes_back:
            time.sleep(0.3)
            self.control = Control(Settings(broker=self._broker), an_info(*self._who), self.queue)
            self.control.health(Health(**{**self._health, "uptime": 0.3}))
            self.control.start()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    hub = Hub(tmp_path, {name: name for name in ("pi1", "pi2", "pi3", "technician")}, hub_page=False).start()
    yield hub
    hub.stop()


@pytest.fixture
def add_mirror(hub: Hub) -> Iterator[Callable[..., StubMirror]]:
    mirrors: list[StubMirror] = []

    def add(identity: str, group: str = "hall", **health: object) -> StubMirror:
        broker = hub.settings(username=identity, password=identity)
        mirrors.append(StubMirror(broker, identity, group, **health).start())
        return mirrors[-1]

    yield add
    for mirror in mirrors:
        mirror.stop()
