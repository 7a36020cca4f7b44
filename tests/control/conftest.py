from collections.abc import Iterator
from pathlib import Path

import pytest

from installation.control.mqtt.client import Control
from installation.control.web.embedded import find_mosquitto
from installation.service.health import Health
from installation.settings import BrokerSettings, Settings
from installation.show.director import Scene
from installation.show.queue import CommandQueue
from tests.control.hub import Hub
from tests.control.parts import an_info

ACCOUNTS = {"mirror": "m", "other": "o", "technician": "t", "homeassistant": "h", "panel": "p", "house": "b"}
TECHNICIANS_PAGE = {"_technicians_page": "w"}
SOUVENIRS = {"_souvenirs": "s"}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """The hub, running, with an account for everybody."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    hub = Hub(
        tmp_path,
        ACCOUNTS | TECHNICIANS_PAGE | SOUVENIRS,
        hub_panel_passwords={"panel": "p"},
        hub_house_users=["house"],
        hub_technician_page=True,
        hub_souvenirs=True,
    )
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def make_control() -> Iterator[object]:
    """Makes controls, started, and stops them in the end."""
    made: list[Control] = []

    def make(
        broker: BrokerSettings, queue: CommandQueue | None = None, identity: str = "mirror", group: str = "hall"
    ) -> Control:
        control = Control(Settings(broker=broker), an_info(identity, group), queue or CommandQueue())
        control.start()
        made.append(control)
        return control

    yield make
    for control in made:
        control.stop()


@pytest.fixture
def scene() -> Scene:
    return Scene({"great-wave": 1.0}, "great-wave", 1.0, "visitor", True, False)


@pytest.fixture
def health() -> Health:
    return Health(
        fps=25.0,
        inference_ms=12.5,
        frame_age=0.04,
        camera="ok",
        display="ok",
        broker="ok",
        temperature=51.5,
        throttled=False,
        rss_mb=120.0,
        uptime=3600.0,
        restarts=0,
        dropped_commands=0,
        version="1.2.3",
    )
