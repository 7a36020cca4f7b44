"""The hub's broker as it is deployed: Debian's mosquitto with the rendered templates, on loopback."""

import contextlib
import functools
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from installation.control.web.embedded import find_mosquitto
from installation.settings import BrokerSettings

TEMPLATES = Path(__file__).parents[2] / "deploy" / "roles" / "hub" / "templates"
BASE = "art-installation"
HOST = "127.0.0.1"
BRIDGED = "u'_visitors'"
"""What the broker's log says of the visitors' bridge when it connects."""
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
    """One below those that the system gives to connections: else another may have it before the broker does."""
    while True:
        port = random.randrange(10_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server((HOST, port)):
            return port


class Hub:
    """mosquitto with the deployed configuration, once for all with an account and once for visitors.

    ``accounts`` are user: password; those whose name no role has are installations. ``enter`` are
    words before a command that put it elsewhere.
    """

    def __init__(
        self,
        folder: Path,
        accounts: dict[str, str] | None = None,
        *,
        enter: Sequence[str] = (),
        **values: object,
    ) -> None:
        self.folder = folder
        self._enter = enter
        self.port = int(str(values.get("hub_mqtt_port", 0) or free_port()))
        self.tls_port = int(str(values.get("hub_mqtts_port", 0) or free_port()))
        self.page_port = int(str(values.get("hub_page_port", 0) or free_port()))
        accounts = accounts or {}
        panels, houses = values.get("hub_panel_passwords", {}), values.get("hub_house_users", [])
        page_user = role_vars()["hub_technician_page_user"]
        souvenirs = role_vars()["hub_souvenirs_user"]
        people = {"technician", "homeassistant", page_user, souvenirs, *panels, *houses}  # type: ignore[misc]
        ids = sorted(set(accounts) - people)
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
            "hub_inner_port": free_port(),
            "hub_page": True,
            "hub_page_port": self.page_port,
            "hub_page_folder": folder,
            "hub_ids": ids,
            "hub_visitor_ids": ids,
            "hub_own_topics": role_vars()["hub_own_topics"],
            "hub_visitors_folder": folder,
            "hub_visitors_user": role_vars()["hub_visitors_user"],
            "hub_technician_page_user": page_user,
            "hub_souvenirs_user": souvenirs,
            "hub_visitors_password": "v",
            "hub_visitors_key": "0123456789abcdef",
            "hub_bridge_key": "fedcba9876543210",
            **values,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.visitors: subprocess.Popen[bytes] | None = None
        """The visitors' broker."""
        for name in ("mosquitto.conf", "acl", *(("visitors.conf", "acl-visitors") if self.values["hub_page"] else ())):
            (folder / name).write_text(self._render(name))
            if name.startswith("acl"):
                (folder / name).chmod(0o700)
        self._make_accounts({**accounts, str(self.values["hub_visitors_user"]): "v"})
        for name, content in certificates().items():
            (folder / name).write_bytes(content)

    def start(self) -> "Hub":
        self._process = self._begin("mosquitto.conf", self.port, self.tls_port)
        if self.values["hub_page"]:
            bridged = self._log().count(BRIDGED)
            self.start_visitors()
            until(lambda: self._log().count(BRIDGED) > bridged, what="the visitors' bridge")
        return self

    def start_visitors(self) -> None:
        self.visitors = self._begin("visitors.conf", self.page_port)

    def stop(self, sign: int = signal.SIGTERM) -> None:
        for process in (self.visitors, self._process):
            if process is not None:
                process.send_signal(sign)
                process.wait(10)
        self.visitors = self._process = None

    def save(self) -> None:
        """Have the installations' broker write its memory down."""
        file = self.folder / "mosquitto.db"
        before = file.stat().st_mtime_ns if file.exists() else 0
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)
        until(lambda: file.exists() and file.stat().st_mtime_ns != before, what="the saving")

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def send_signal(self, sign: int) -> None:
        """Send the installations' broker a signal."""
        assert self._process is not None
        self._process.send_signal(sign)

    @property
    def pid(self) -> int:
        """The process of the installations' broker."""
        assert self._process is not None
        return self._process.pid

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
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            trim_blocks=True,
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
        )
        text: str = environment.get_template(f"{name}.j2").render(self.values)
        return text

    def _make_accounts(self, accounts: dict[str, str]) -> None:
        file = self.folder / "passwords"
        file.write_text(hashed(tuple(accounts.items())))
        file.chmod(0o700)

    def _begin(self, config: str, *ports: int) -> subprocess.Popen[bytes]:
        words = [*self._enter, str(find_mosquitto()), "-c", str(self.folder / config)]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=log)
        until(lambda: process.poll() is not None or set(ports) <= listening(process.pid), what=config)
        assert process.poll() is None, self._log()
        return process

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


def listening(pid: int) -> set[int]:
    """The TCP ports that are listened on in this process's network."""
    with contextlib.suppress(OSError):
        tables = "".join(Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6"))
        lines = [line.split() for line in tables.splitlines()]
        return {int(fields[1].rpartition(":")[2], 16) for fields in lines if fields[3] == "0A"}
    return set()


@functools.cache
def role_vars() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    values: dict[str, Any] = yaml.safe_load((TEMPLATES.parent / "vars/main.yml").read_text())
    return values


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


def leave(client: mqtt.Client) -> None:
    """Disconnect and close all: ``loop_stop`` leaves paho's own pair of sockets to the garbage collector."""
    client.disconnect()
    client.loop_stop()
    client.reinitialise()


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
        client_id: str = "",
        session: int = 0,
    ) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        self.latest: dict[str, bytes] = {}
        self._acks: dict[int, Any] = {}
        self._filters = filters
        self._ready = threading.Event()
        self.connack: Any = None
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id,
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
        if session:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = session
            self.client.connect(HOST, port, 30, clean_start=False, properties=properties)
        else:
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
        leave(self.client)

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
