"""Keeps one connection to the broker, in a thread of its own, and reconnects for ever.

The thread drives paho's client through its socket calls, so that no other thread waits for the network. Each connection
uses a new client: an old one would send its undelivered messages *after* the states of the new connection, and
overwrite them.
"""

import contextlib
import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.matcher import MQTTMatcher
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from installation.backoff import Backoff
from installation.control.mqtt.address import (
    NONE,
    Address,
    client_id,
    in_the_clear,
    parse_url,
    read_password,
    tls_context,
)
from installation.control.mqtt.session import SessionWatch
from installation.control.mqtt.waker import Waker
from installation.errors import ControlError
from installation.fault_log import FaultLog
from installation.settings import BrokerSettings

CONNECT_SECONDS: Final = 5.0
FIRST_ANSWER_SECONDS: Final = 3.0
"""Seconds that a broker may be silent on MQTT 5 before 3.1.1 is tried."""
STOP_SECONDS: Final = 1.0
DISCONNECT_SECONDS: Final = 0.5
STABLE_SECONDS: Final = 10.0
"""A connection that lasted this many seconds resets the backoff; a shorter one counts as a failure."""
IDLE_SECONDS: Final = 1.0
PACKET_LIMIT: Final = 64 * 1024
"""Most bytes of a message that the broker may send us (MQTT 5)."""
DONT_SEND_RETAINED: Final = 2

SILENT: Final = "Keep alive timeout"
TAKEN_OVER: Final = "Session taken over"
CURES: Final = {
    "Not authorized": "check broker.username and broker.password_file",
    "Bad user name or password": "check broker.username and broker.password_file",
    "Client identifier not valid": "choose another installation.id",
    TAKEN_OVER: "another device uses the same installation.id; give each its own",
    "Server busy": "it is tried again",
    "Banned": "the broker's owner can lift the ban",
}
ONLINE: Final = "online"
CONNECTING: Final = "connecting"
UNSUPPORTED: Final = "Unsupported protocol version"

logger = logging.getLogger(__name__)


class Listener(Protocol):
    """The user of a link. The link's thread makes all calls; `Link.publish` may be called only there."""

    def connected(self) -> None:
        """The broker accepted the connection; the subscriptions are sent."""

    def received(self, topic: str, payload: bytes, retained: bool) -> None:
        """A message came."""

    def tick(self, now: float) -> float | None:
        """Publish what is due; returns the seconds until something is due again, None if nothing is."""

    def leaving(self) -> None:
        """The last chance to publish before an orderly disconnect."""


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """Options of a link.

    ``name`` is the beginning of the client id, whose rest cannot be guessed. ``qos`` is that of the subscriptions.
    ``session`` is how long the broker keeps subscriptions and messages while we are away, in seconds; 0 keeps nothing,
    nor does a broker that knows only 3.1.1. ``packet_limit`` is the largest message that it may send us, in bytes.

    With ``retained``, messages retained earlier are delivered for each subscription, and ``received`` tells them from
    those that are published now. Without, they are not delivered, and ``received`` tells how a message was published.
    A broker that knows only 3.1.1 delivers them, without that mark.
    """

    name: str
    filters: Sequence[str]
    qos: int = 1
    session: int = 0
    retained: bool = True
    will: tuple[str, str] | None = None
    packet_limit: int = PACKET_LIMIT


class Link:
    """One connection. ``state``: ``none``, ``connecting``, ``online``, ``refused: …`` or ``unreachable: …``.

    Raises:
        SettingsError: ``settings.url`` is malformed.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        options: LinkOptions,
        listener: Listener,
        *,
        username: str = "",
    ) -> None:
        self._settings = settings
        self._options = options
        self._listener = listener
        self._address = None if settings.url == NONE else parse_url(settings.url)
        self._username = settings.username or (self._address.username if self._address else "") or username
        self._backoff = Backoff()
        self._v5 = True
        self._old_broker = False
        self._hurried = False
        self._client: mqtt.Client | None = None
        self._answered = False
        self._since = 0.0
        self._faults = FaultLog(logger, f"the connection to {self._address}")
        self._watch = SessionWatch()
        self._ours = MQTTMatcher()  # type: ignore[no-untyped-call]
        for name in options.filters:
            self._ours[name] = True
        self._suspect = False
        self._cleaned_at = -STABLE_SECONDS
        self._stopping = threading.Event()
        self._waker = Waker()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self.attempts = 0
        self.state = NONE if self._address is None else CONNECTING

    def start(self) -> None:
        """Begin to connect; returns at once."""
        if self._address is not None:
            if warning := in_the_clear(self._settings):
                logger.warning("broker: %s", warning)
            self._thread.start()

    def stop(self) -> None:
        """Disconnect and stop; takes at most a second, whatever the network does."""
        self._stopping.set()
        self.wake()
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)

    def wake(self) -> None:
        """Have `Listener.tick` called soon; from any thread, never waits."""
        self._waker.wake()

    def publish(self, topic: str, payload: str | bytes, *, qos: int = 0, retain: bool = False, expiry: int = 0) -> None:
        """Send a message, if connected; a broker with MQTT 5 drops it after ``expiry`` seconds."""
        if self._client is None:
            return
        properties = _properties(PacketTypes.PUBLISH, MessageExpiryInterval=expiry) if expiry and self._v5 else None
        self._client.publish(topic, payload, qos, retain, properties)

    @property
    def trouble(self) -> str:
        """Whether somebody else uses this session, in words that name the cure; empty when all is well."""
        return self._watch.trouble

    @property
    def congested(self) -> bool:
        """Whether earlier messages are still being sent."""
        return self._client is not None and self._client.want_write()

    # Runs on the thread.

    def _run(self) -> None:
        with self._waker:
            self._keep_connected()

    def _keep_connected(self) -> None:
        while not self._stopping.is_set():
            self._since = time.monotonic()
            self._answered = self._hurried = False
            try:
                self._connection()
            except (OSError, ValueError, ControlError) as error:  # ssl's errors are OSErrors
                self._set_problem("unreachable", _words(error))
            except Exception as error:  # noqa: BLE001 - a defect must not end the control; the backoff limits the rate
                self._faults.fault(f"the connection to {self._address} failed: {type(error).__name__}", error)
            self._client = None
            self.attempts += 1
            if self.state == ONLINE:
                self._set_problem("unreachable", "the connection was lost")
            if self._stable:
                self._backoff.reset()
            if not self._hurried:
                self._stopping.wait(self._backoff.next())

    @property
    def _stable(self) -> bool:
        """Whether this connection lasted long enough that its end is worth a log line."""
        return self._answered and time.monotonic() - self._since > STABLE_SECONDS

    def _connection(self) -> None:
        """Connect, serve until the connection is over."""
        if self._address is None:
            return
        client = self._client_for(self._address)
        place = (self._address.host, self._address.port, self._settings.keepalive)
        if self._v5:
            session = {"SessionExpiryInterval": self._options.session} if self._options.session else {}
            properties = _properties(PacketTypes.CONNECT, MaximumPacketSize=self._options.packet_limit, **session)
            clean = self._suspect or not self._options.session
            client.connect(*place, clean_start=clean, properties=properties)
        else:
            client.connect(*place)
        self._client = client
        self._serve(client)
        if not self._answered and not self._stopping.is_set():
            self._not_answered()

    def _client_for(self, address: Address) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id(self._options.name, self._settings),
            # A broker of 3.1.1 would keep a session for ever, and deliver yesterday's taps today.
            clean_session=None if self._v5 else True,
            protocol=mqtt.MQTTv5 if self._v5 else mqtt.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_SECONDS
        password = read_password(self._settings.password_file)
        if password:
            client.username_pw_set(self._username, password)
        elif self._settings.username or address.username:
            client.username_pw_set(self._username)
        if address.tls:
            client.tls_set_context(tls_context(self._settings))
        if self._options.will:
            client.will_set(*self._options.will, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_socket_open = _send_at_once
        return client

    def _serve(self, client: mqtt.Client) -> None:
        poll = select.poll()
        poll.register(self._waker, select.POLLIN)
        sock = client.socket()
        if sock is None:
            return
        poll.register(sock, select.POLLIN)
        wait: float | None = None
        deadline = time.monotonic() + (FIRST_ANSWER_SECONDS if self._v5 else CONNECT_SECONDS)
        while client.socket() is sock:
            poll.modify(sock, select.POLLIN | (select.POLLOUT if client.want_write() else 0))
            pause = 0.0 if _pending(sock) else IDLE_SECONDS if wait is None else min(IDLE_SECONDS, wait)
            events = dict(poll.poll(pause * 1000))
            if self._waker.fileno() in events:
                self._waker.drain()
            happened = events.get(sock.fileno(), 0)
            if happened & ~select.POLLOUT or _pending(sock):
                client.loop_read()
            if happened & select.POLLOUT:
                client.loop_write()
            client.loop_misc()
            if self._stopping.is_set():
                self._disconnect(client)
                return
            if self.state == ONLINE:
                self._faults.fine()
                wait = self._listener.tick(time.monotonic())
            elif time.monotonic() > deadline and not self._answered:
                client.disconnect()
                return

    def _disconnect(self, client: mqtt.Client) -> None:
        """Disconnect in order, so that the last will is not published; what cannot be sent soon is dropped."""
        if self.state == ONLINE:
            self._listener.leaving()
        until = time.monotonic() + DISCONNECT_SECONDS
        while client.want_write() and client.socket() is not None and time.monotonic() < until:
            client.loop_write()
            time.sleep(0.005)
        client.disconnect()
        if self.state == ONLINE:  # keep the reason why there was no connection
            self.state = CONNECTING

    def _not_answered(self) -> None:
        """The broker hung up or was silent, as some brokers without MQTT 5 do: try the other version."""
        self._v5 = not self._v5
        if self._v5:
            self._set_problem("unreachable", "the broker does not answer; check that it is one, and its log")
        else:
            self._hurried = True

    # paho's callbacks.

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        self._answered = True
        if reason.is_failure:
            name = reason.getName()
            if name == UNSUPPORTED and self._v5:
                self._v5, self._old_broker, self._hurried = False, True, True
                return
            self._set_problem("refused", _with_cure(name))
            return
        self.state = ONLINE
        if not self._faults.troubled:
            logger.info("connected to %s", self._address)
        if self._options.filters:
            client.subscribe([self._subscription(topic) for topic in self._options.filters])
        self._listener.connected()

    def _subscription(self, topic: str) -> Any:
        if not self._v5:
            return topic, self._options.qos
        retained = self._options.retained
        return topic, SubscribeOptions(
            qos=self._options.qos,
            retainAsPublished=not retained,
            retainHandling=0 if retained else DONT_SEND_RETAINED,
        )

    def _on_disconnect(self, _client: Any, _data: Any, flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if self._stopping.is_set():
            return
        if flags.is_disconnect_packet_from_server:
            name = reason.getName()
            if name == TAKEN_OVER:
                self._watch.taken_over()
            self._set_problem("refused" if name in CURES else "unreachable", _with_cure(name))
        elif self.state == ONLINE and reason.getName() != SILENT:
            self._watch.cut()
        self._suspect = bool(self._watch.trouble)  # what another may have left in the session is not taken along
        if self._answered and not self._old_broker:
            self._v5 = True

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Any) -> None:
        refused = [topic for topic, reason in zip(self._options.filters, reasons, strict=False) if reason.is_failure]
        if refused:
            self._faults.fault(f"the broker refuses to send {', '.join(refused)}; check the account's rights")

    def _on_publish(self, _client: Any, _data: Any, _mid: int, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            self._faults.fault(f"the broker refuses what is published: {reason.getName()}; check the account's rights")

    def _on_message(self, client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:  # the broker delivered a topic that the standard forbids
            topic = ""
        if not topic or any(self._ours.iter_match(topic)):  # type: ignore[no-untyped-call]
            self._listener.received(topic, bytes(message.payload), message.retain)
        else:
            self._begin_anew(client, topic)

    def _begin_anew(self, client: mqtt.Client, topic: str) -> None:
        """Leave a session in which another has left a subscription, and take a new one; not again and again."""
        if not self._v5 or time.monotonic() - self._cleaned_at < STABLE_SECONDS:
            return
        self._cleaned_at = time.monotonic()
        self._watch.foreign(topic)
        self._hurried = True
        self.state = CONNECTING
        logger.warning("broker %s: %s", self._address, self._watch.trouble)
        client.disconnect()

    def _set_problem(self, kind: str, what: str) -> None:
        """Store why there is no connection, and log it."""
        self.state = f"{kind}: {what}"
        self._faults.fault(f"broker {self._address} {self.state}")


def _properties(kind: int, **values: int) -> Properties:
    properties = Properties(kind)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


def _send_at_once(_client: Any, _data: Any, sock: Any) -> None:
    # Nagle's algorithm would hold each message back until the one before is acknowledged: 40 ms.
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _pending(sock: Any) -> bool:
    """Whether TLS has buffered bytes that polling the socket does not show."""
    pending: Callable[[], int] | None = getattr(sock, "pending", None)
    return pending is not None and pending() > 0


def _with_cure(reason: str) -> str:
    cure = CURES.get(reason)
    return f"{reason}; {cure}" if cure else reason


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
