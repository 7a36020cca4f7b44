"""What the browser tests share: a real mosquitto that can be restarted, a stand-in for the daemon, Chromium."""

import contextlib
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from installation.control.mqtt.client import Control
from installation.control.mqtt.info import InstallationInfo
from installation.control.web.embedded import find_mosquitto
from installation.control.web.server import PageServer, page_folder
from installation.settings import BrokerSettings, Settings
from installation.show.director import Director
from installation.show.offer import Offer, OfferedStyle
from installation.show.queue import CommandQueue
from installation.show.surprise import surprise
from tests.control.hub import leave, send_at_once

BASE = "art-installation"
STYLES = [
    {"name": "great-wave", "title": "The Great Wave", "artist": "Katsushika Hokusai", "year": "1831"},
    {"name": "scream", "title": "The Scream", "artist": "Edvard Munch", "year": "1893"},
    {"name": "starry-night", "title": "The Starry Night", "artist": "Vincent van Gogh", "year": "1889"},
    {"name": "water-lilies", "title": "Water Lilies", "artist": "Claude Monet", "year": "1906"},
    {
        "name": "added-later",
        "title": "Udnie (Young American Girl, The Dance)",
        "artist": "Francis Picabia",
        "year": "1913",
    },
    {"name": "photo", "title": "Mirror", "artist": "", "year": ""},
]


def missing() -> str:
    """Why browser tests cannot run here; empty if they can."""
    if find_mosquitto() is None:
        return "mosquitto is not installed"
    if shutil.which("chromedriver") is None or shutil.which("chromium") is None:
        return "chromium and chromedriver are not installed"
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is not installed"
    return ""


NEEDS_BROWSER = pytest.mark.skipif(bool(missing()), reason=missing())


def until(condition: Callable[[], Any], seconds: float = 20.0, what: str = "") -> Any:
    """Wait for a true value, generously: the machine may be busy."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(what or "the condition did not come true")
        time.sleep(0.02)
    return value


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Mosquitto:
    """Debian's mosquitto, with persistence, which can be stopped and started again on the same ports."""

    def __init__(self, folder: Path, http_dir: Path | None = None) -> None:
        self.port = free_port()
        self.web_port = free_port()
        self._config = folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_on_changes true",
            "autosave_interval 1",
            "set_tcp_nodelay true",  # else an answer waits 40 ms for the acknowledgement of the one before
            "user root",
        ]
        if http_dir is not None:
            lines += [f"listener {self.web_port}", "protocol websockets", f"http_dir {http_dir}"]
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(find_mosquitto()), "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self._listens, what="mosquitto does not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.5):
            return True
        return False


class StubMirror:
    """Speaks MQTT as the daemon does: persistent session, last will, retained states that follow the commands."""

    def __init__(self, port: int, identity: str = "mirror", styles: list[dict[str, str]] = STYLES) -> None:
        self.id = identity
        self.name = f"Mirror {identity}"
        self.styles = styles
        self.souvenir = False
        self.commands: list[tuple[str, str]] = []
        self.state = {
            "style/state": "great-wave",
            "strength/state": "1",
            "mix/state": json.dumps({"styles": {"great-wave": 1}}),
            "surprise/state": "none",
            "display/state": "ON",
            "attract/state": "ON",
            "phase/state": "visitor",
        }
        self._connected = threading.Event()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, f"stub-{identity}", clean_session=False)
        self._client.reconnect_delay_set(1, 2)
        self._client.will_set(self._topic("availability"), "offline", 1, True)
        self._client.on_socket_open = send_at_once
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port, 8)
        self._client.loop_start()
        self._connected.wait(10)

    def introduce(self, name: str) -> None:
        self.name = name
        self.say("info", json.dumps({"id": self.id, "name": name, "styles": self.styles, "souvenir": self.souvenir}))

    def say(self, topic: str, payload: str) -> None:
        self._client.publish(self._topic(topic), payload, 1, True)

    def show(self, **states: str) -> None:
        for name, payload in states.items():
            self.state[f"{name}/state"] = payload
            self.say(f"{name}/state", payload)

    def stop(self) -> None:
        with contextlib.suppress(RuntimeError):  # vanished before
            self._client.publish(self._topic("availability"), "offline", 1, True).wait_for_publish(2)
        leave(self._client)

    def vanish(self) -> None:
        """As if the power had gone: the broker sends the last will."""
        sock = self._client.socket()
        self._client.loop_stop()
        if sock is not None:
            sock.close()

    def _topic(self, rest: str) -> str:
        return f"{BASE}/{self.id}/{rest}"

    def _on_connect(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe([(self._topic("+/set"), 1), (self._topic("request/+"), 1)])
        self.introduce(self.name)
        for topic, payload in self.state.items():
            self.say(topic, payload)
        self.say("health", json.dumps({"fps": 25.0, "camera": "ok"}))
        self.say("availability", "online")
        self._connected.set()

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        kind, payload = message.topic.split("/")[-2], message.payload.decode()
        if kind == "request":
            self.commands.append((message.topic.split("/")[-1], payload))
            return
        self.commands.append((kind, payload))
        self.show(**{kind: payload})
        if kind == "style":
            self.show(mix=json.dumps({"styles": {payload: 1}}))
            self.show(surprise="none")
        if kind == "surprise":
            mix = surprise(int(payload), [style["name"] for style in self.styles])
            self.show(mix=json.dumps({"styles": mix}), style=next(iter(mix)))
        if kind == "mix":
            weights = json.loads(payload)["styles"]
            self.show(style=max(weights, key=lambda name: weights[name]))


class RealMirror:
    """The daemon's own control and director at 25 pictures a second, without camera, network and screen."""

    def __init__(self, port: int, identity: str = "mirror", password_file: str = "") -> None:
        broker = BrokerSettings(url=f"mqtt://127.0.0.1:{port}", homeassistant=False, password_file=password_file)
        settings = Settings(broker=broker)
        offer = Offer(tuple(OfferedStyle(**style) for style in STYLES))
        self._queue = CommandQueue()
        info = InstallationInfo(
            id=identity,
            name=f"Mirror {identity}",
            group="gallery",
            version="0",
            network_sha256="",
            url="",
            styles=offer.styles,
        )
        self._control = Control(settings, info, self._queue)
        self._director = Director(settings.show, offer, time.monotonic())
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._control.start()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._control.stop()

    def _run(self) -> None:
        while not self._stopping.wait(0.04):
            now = time.monotonic()
            for command in self._queue.drain():
                self._director.obey(command, now)
            self._control.show(self._director.scene(now, datetime.now()))


def visitor(port: int, topic: str, payload: str | bytes, retain: bool = False) -> None:
    """Publish as another visitor's phone would."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish(f"{BASE}/{topic}", payload, 1, retain).wait_for_publish(10)
    leave(client)


def page_server(broker_port: int) -> PageServer:
    server = PageServer(page_folder(), {"base": BASE, "path": "mqtt"}, broker_port)
    server.start()
    return server


@contextlib.contextmanager
def browser(
    profile: Path, language: str = "en", width: int = 360, height: int = 740, flags: Sequence[str] = ()
) -> Iterator[Any]:
    """Headless Chromium with a fresh profile, as wide as a small phone; with more ``flags`` of its own."""
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={profile}",
        f"--lang={language}",
        f"--window-size={width},{height}",
        *flags,
    ):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True},
        )
        yield driver
    finally:
        driver.quit()
