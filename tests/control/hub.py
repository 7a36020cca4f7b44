"""The hub's broker as it is deployed: Debian's mosquitto with the rendered templates, on loopback."""

import contextlib
import functools
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from installation.control.web.embedded import find_mosquitto
from installation.settings import BrokerSettings

TEMPLATES = Path(__file__).parents[2] / "deploy" / "roles" / "hub" / "templates"
BASE = "art-installation"
HOST = "127.0.0.1"
NEEDS_MOSQUITTO = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")


def until(condition: Callable[[], Any], seconds: float = 15.0, what: str = "the condition") -> Any:
    """Wait for a true value, generously: the machine may be busy."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come true")
        time.sleep(0.01)
    return value


def free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


class Hub:
    """mosquitto with the deployed configuration; ``accounts`` are user: password."""

    def __init__(self, folder: Path, accounts: dict[str, str] | None = None, **values: object) -> None:
        self.folder = folder
        self.port, self.tls_port, self.page_port = free_port(), free_port(), free_port()
        self.values: dict[str, object] = {
            "hub_base_topic": BASE,
            "hub_homeassistant_prefix": "homeassistant",
            "hub_technician_user": "technician",
            "hub_homeassistant_user": "homeassistant",
            "hub_folder": folder,
            "hub_broker_folder": folder,
            "hub_broker_data": folder,
            "hub_broker_user": "root",
            "hub_mqtts_port": self.tls_port,
            "hub_mqtts_bind": HOST,
            "hub_mqtt_port": self.port,
            "hub_mqtt_bind": HOST,
            "hub_page": True,
            "hub_page_port": self.page_port,
            "hub_page_folder": folder,
            **values,
        }
        self._process: subprocess.Popen[bytes] | None = None
        for name, target in (("mosquitto.conf", "mosquitto.conf"), ("acl", "acl")):
            (folder / target).write_text(self._render(name))
        (folder / "acl").chmod(0o700)
        self._make_accounts(accounts or {})
        for name, content in certificates().items():
            (folder / name).write_bytes(content)

    def start(self) -> "Hub":
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(find_mosquitto()), "-c", str(self.folder / "mosquitto.conf")],
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        until(lambda: self._process is None or self._process.poll() is not None or self._listens(), what="mosquitto")
        assert self._process.poll() is None, (self.folder / "log").read_text()
        return self

    def stop(self, sign: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(sign)
            self._process.wait(10)
            self._process = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    @property
    def url(self) -> str:
        return f"mqtt://{HOST}:{self.port}"

    def settings(self, **keys: Any) -> BrokerSettings:
        """For a client without TLS; ``password`` is put into a file."""
        password = keys.pop("password", None)
        if password is not None:
            file = self.folder / f"password-{keys.get('username', 'any')}"
            file.write_text(password + "\n")
            keys["password_file"] = str(file)
        return BrokerSettings(**{"url": self.url, **keys})

    def _render(self, name: str) -> str:
        jinja2 = pytest.importorskip("jinja2")
        environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
        text: str = environment.from_string((TEMPLATES / f"{name}.j2").read_text()).render(self.values)
        return text

    def _make_accounts(self, accounts: dict[str, str]) -> None:
        file = self.folder / "passwords"
        file.write_text(hashed(tuple(accounts.items())))
        file.chmod(0o700)

    def _listens(self) -> bool:
        for port in (self.port, self.tls_port, *((self.page_port,) if self.values["hub_page"] else ())):
            try:
                socket.create_connection((HOST, port), 0.5).close()
            except OSError:
                return False
        return True


def send_at_once(_client: Any, _data: Any, sock: Any) -> None:
    """Have messages leave without waiting for the acknowledgement of those before."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@functools.cache
def hashed(accounts: tuple[tuple[str, str], ...]) -> str:
    """The password file, made once."""
    if not accounts:
        return ""
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write("".join(f"{user}:{password}\n" for user, password in accounts))
        file.flush()
        subprocess.run(["mosquitto_passwd", "-U", file.name], check=True)
        return Path(file.name).read_text()


@functools.cache
def certificates() -> dict[str, bytes]:
    """A certificate that is its own authority, for localhost and 127.0.0.1; made once."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", folder / "server.key", "-out", folder / "server.pem"],
            check=True,
            capture_output=True,
        )  # fmt: skip
        key, certificate = (folder / "server.key").read_bytes(), (folder / "server.pem").read_bytes()
    return {"server.key": key, "server.pem": certificate, "ca.pem": certificate}


class Peer:
    """Another client on the broker, which notes what it hears: ``messages`` is every (topic, payload, retained)."""

    def __init__(
        self,
        port: int,
        *filters: str,
        user: str = "",
        password: str = "",
        v5: bool = True,
        websocket: bool = False,
        patience: float = 20.0,
    ) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        self.latest: dict[str, bytes] = {}
        self._acks: dict[int, Any] = {}
        self._filters = filters
        self._ready = threading.Event()
        self.connack: Any = None
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            protocol=mqtt.MQTTv5 if v5 else mqtt.MQTTv311,
            transport="websockets" if websocket else "tcp",
        )
        if user:
            self.client.username_pw_set(user, password)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = self._on_message
        self.client.on_publish = lambda _c, _d, mid, reason, _p: self._acks.update({mid: reason})
        if not websocket:
            self.client.on_socket_open = send_at_once
        self.client.connect(HOST, port, 30)
        self.client.loop_start()
        if not self._ready.wait(patience):
            self.close()
            raise AssertionError(f"no connection: {self.connack}")

    def publish(
        self,
        topic: str,
        payload: str | bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        properties: Properties | None = None,
    ) -> Any:
        """Publish; returns the broker's reason code."""
        info = self.client.publish(topic, payload, qos, retain, properties)
        if not qos:
            return None
        return until(lambda: self._acks.get(info.mid), what="acknowledgement")

    def said(self, topic: str) -> str | None:
        payload = self.latest.get(topic)
        return None if payload is None else payload.decode()

    def wait(self, topic: str, payload: str | None = None, seconds: float = 15.0) -> str:
        until(
            lambda: self.said(topic) is not None and payload in (None, self.said(topic)),
            seconds,
            f"{topic} {payload or ''} (was {self.latest.get(topic)!r})",
        )
        return self.said(topic) or ""

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.connack = reason
        if reason.is_failure:
            return
        if self._filters:
            v5 = client.protocol == mqtt.MQTTv5
            if v5:
                client.subscribe([(name, SubscribeOptions(1)) for name in self._filters])
            else:
                client.subscribe([(name, 1) for name in self._filters])
        else:
            self._ready.set()

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        self.messages.append((message.topic, bytes(message.payload), message.retain))
        self.latest[message.topic] = bytes(message.payload)


@contextlib.contextmanager
def peer(port: int, *filters: str, **options: Any) -> Iterator[Peer]:
    one = Peer(port, *filters, **options)
    try:
        yield one
    finally:
        one.close()
