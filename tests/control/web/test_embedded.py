import importlib.util
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import msgspec
import paho.mqtt.client as mqtt
import pytest

from installation.control.web import embedded
from installation.errors import ControlError
from installation.settings import BrokerSettings, PageSettings, Settings
from tests.control.hub import leave


@pytest.fixture(params=["mosquitto", "amqtt"])
def broker(request: pytest.FixtureRequest) -> Iterator[embedded.Broker]:
    if request.param == "mosquitto" and embedded.find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    if request.param == "amqtt" and importlib.util.find_spec("amqtt") is None:
        pytest.skip("amqtt is not installed (demo extra)")
    broker = embedded.start_broker(request.param)
    yield broker
    broker.stop()


def connects(port: int, address: str = "127.0.0.1") -> bool:
    # As a client that says CONNECT and takes its leave; amqtt never closes any other connection.
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    try:
        client.connect(address, port)
    except OSError:
        return False
    client.loop_start()
    assert connected.wait(10)
    leave(client)
    return True


def test_a_retained_message_comes_back(broker: embedded.Broker) -> None:
    arrived = threading.Event()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda *_: arrived.set()
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    client.publish("a/b", "hello", 1, retain=True).wait_for_publish(10)
    client.subscribe("a/#")
    assert arrived.wait(10)
    leave(client)


def test_listens_on_loopback_only(broker: embedded.Broker) -> None:
    assert connects(broker.port)
    assert not connects(broker.port, "127.0.0.2")
    if shutil.which("ss") is None:
        pytest.skip("ss is not installed (iproute2)")
    listening = subprocess.run(
        ["ss", "-Hltn", f"sport = :{broker.port}"], capture_output=True, text=True, check=False
    ).stdout.split()
    assert f"127.0.0.1:{broker.port}" in listening
    assert not any(word in listening for word in (f"*:{broker.port}", f"0.0.0.0:{broker.port}", f"[::]:{broker.port}"))


def test_stop_is_idempotent_and_bounded(broker: embedded.Broker) -> None:
    before = time.monotonic()
    broker.stop()
    broker.stop()
    assert time.monotonic() - before < 2 * embedded.STOP_SECONDS
    assert not connects(broker.port)


def test_no_broker_installed_is_said_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_mosquitto", lambda: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ControlError, match="apt install mosquitto"):
        embedded.start_broker()
    assert "apt install mosquitto" in embedded.missing()


def test_a_broker_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ControlError, match="does not start"):
        embedded.MosquittoBroker("/bin/false")


WANTED = Settings(broker=BrokerSettings(url="embedded"))


@pytest.fixture
def startable() -> None:
    if embedded.missing():
        pytest.skip(embedded.missing())


@pytest.mark.usefixtures("startable")
def test_broker_for_serves_while_the_context_lasts() -> None:
    with embedded.broker_for(WANTED) as (settings, link):
        assert settings.broker.url.startswith("mqtt://127.0.0.1:")
        assert link.startswith("http://127.0.0.1:")
        assert link.endswith("/#mirror")
        port = int(settings.broker.url.rsplit(":", 1)[1])
        assert connects(port)
    assert not connects(port)


@pytest.mark.usefixtures("startable")
def test_a_page_that_no_phone_can_reach_gets_no_code_on_screen() -> None:
    with embedded.broker_for(WANTED) as (settings, _):
        assert settings.page.url == ""


@pytest.mark.usefixtures("startable")
def test_a_page_that_phones_can_reach_has_a_key_of_its_own_each_time_and_the_broker_stays_where_it_is() -> None:
    links = []
    for _ in range(2):
        with embedded.broker_for(WANTED, "127.0.0.2") as (settings, link):
            assert settings.page.url == link
            port = int(settings.broker.url.rsplit(":", 1)[1])
            assert not connects(port, "127.0.0.2")
        assert re.fullmatch(r"http://127\.0\.0\.2:\d+/[\w-]{12}/#mirror", link)
        links.append(link.split("/")[3])
    assert links[0] != links[1]


@pytest.mark.usefixtures("startable")
def test_an_address_of_somebody_else_is_an_error_and_the_broker_ends() -> None:
    with pytest.raises(ControlError, match=r"192\.0\.2\.7 is no address of this machine"):
        embedded.start("mirror", address="192.0.2.7")


@pytest.mark.usefixtures("startable")
def test_a_page_address_of_ones_own_stays() -> None:
    wanted = msgspec.structs.replace(WANTED, page=PageSettings(url="https://museum.example/mirror"))
    with embedded.broker_for(wanted) as (settings, _):
        assert settings.page.url == "https://museum.example/mirror"


def test_the_module_needs_no_extra() -> None:
    code = (
        "import sys; sys.modules['websockets'] = sys.modules['amqtt'] = None; import installation.control.web.embedded"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
