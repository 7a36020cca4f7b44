"""What the tests of the visitor page stand on: a browser, a broker, the page's server, a mirror."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installation.control.web.server import PageServer, page_folder
from tests.e2e.page.support import Mosquitto, RealMirror, StubMirror, browser, page_server
from tests.e2e.page.visit import Visit


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with browser(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path, page_folder())
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def server(broker: Mosquitto) -> Iterator[PageServer]:
    server = page_server(broker.port)
    yield server
    server.stop()


@pytest.fixture
def mirror(broker: Mosquitto) -> Iterator[StubMirror]:
    mirror = StubMirror(broker.port)
    yield mirror
    mirror.stop()


@pytest.fixture
def real(broker: Mosquitto) -> Iterator[RealMirror]:
    real = RealMirror(broker.port)
    yield real
    real.stop()


@pytest.fixture
def visit(driver: Any, server: PageServer) -> Iterator[Visit]:
    visit = Visit(driver, server.url)
    yield visit
    driver.get("about:blank")
    errors = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    expected = ("tiles/", "paintings/", "WebSocket connection to")
    assert not [message for message in errors if not any(words in message for words in expected)]
