"""A broker and the visitor page, for the demo: nothing to set up, and the broker is never reachable from outside.

The page is on loopback too, unless it is requested at one of the machine's addresses; then its link contains a key.

mosquitto if it is installed, else amqtt. Both suffice for a demo; a gallery runs the hub (``deploy/``).
"""

import asyncio
import contextlib
import importlib.util
import logging
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from installation.errors import ControlError
from installation.paths import collection_folder
from installation.settings import Settings

LOOPBACK = "127.0.0.1"
KEY_BYTES = 9
"""Random bytes in the key of a page that the network can reach: not to be guessed, and short enough for a QR code."""
START_SECONDS = 10.0
STOP_SECONDS = 3.0
NO_BROKER = (
    "no broker is installed; run: sudo apt install mosquitto, or in a clone of this project: pip install -e '.[demo]'"
)
NO_PAGE = "the visitor page needs websockets; in a clone of this project: pip install -e '.[demo]'"
SBIN = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
MOSQUITTO_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
log_dest none
set_tcp_nodelay true
"""


class Broker(Protocol):
    """A broker that this process started."""

    name: str
    port: int

    def stop(self) -> None:
        """Stop it; idempotent, bounded."""


class MosquittoBroker:
    """Debian's mosquitto as a child process, with a configuration of four lines."""

    name = "mosquitto"

    def __init__(self, program: str) -> None:
        self.port = _free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="art-installation-broker-")
        config = Path(self._folder.name) / "mosquitto.conf"
        config.write_text(MOSQUITTO_CONFIG.format(port=self.port), encoding="ascii")
        self._process = subprocess.Popen(
            [*_with_parent(), program, "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches only the mirror, which then stops its broker in order
        )
        try:
            _wait_until(lambda: _answers(self.port), alive=lambda: self._process.poll() is None, name=self.name)
        except ControlError:
            self.stop()
            raise

    def stop(self) -> None:
        """Terminate it; kill it if that takes too long."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
        self._folder.cleanup()


class AmqttBroker:
    """amqtt in a thread of its own."""

    name = "amqtt"

    def __init__(self) -> None:
        self.port = _free_port()
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._listens = threading.Event()
        for chatty in ("amqtt", "transitions"):
            logging.getLogger(chatty).setLevel(logging.CRITICAL)
        self._thread = threading.Thread(target=self._run, name="amqtt", daemon=True)
        self._thread.start()
        try:
            # Do not test by connecting: amqtt never closes a connection that ends before CONNECT.
            _wait_until(self._listens.is_set, alive=self._thread.is_alive, name=self.name)
        except ControlError:
            self.stop()
            raise

    def stop(self) -> None:
        """Shut it down; its daemon thread cannot keep the process alive."""
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        # A runner cancels what amqtt leaves running before it closes the loop.
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        from amqtt.broker import Broker as Amqtt

        broker = Amqtt(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{self.port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        await broker.start()
        self._listens.set()
        await self._stopping.wait()
        await broker.shutdown()


class Embedded:
    """A running broker and the page; use as a context manager or call ``stop``.

    Attributes:
        broker_url: for the daemon's ``broker.url``.
        page_url: for people; it names the installation, so the page asks for no choice.
        broker_name: ``mosquitto`` or ``amqtt``.
    """

    def __init__(self, broker: Broker, stop_page: Callable[[], None], page_url: str) -> None:
        self._broker = broker
        self._stop_page = stop_page
        self.broker_name = broker.name
        self.broker_url = f"mqtt://{LOOPBACK}:{broker.port}"
        self.page_url = page_url

    def stop(self) -> None:
        """Stop page and broker; idempotent, bounded."""
        self._stop_page()
        self._broker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    installation: str,
    base: str = "art-installation",
    prefer: str = "",
    address: str = LOOPBACK,
    collection: Path | None = None,
) -> Embedded:
    """Start a broker on loopback, and the visitor page.

    Args:
        installation: id of the installation that the page controls.
        base: base topic.
        prefer: ``mosquitto`` or ``amqtt``; empty takes the first that is installed.
        address: where the page is served; beyond loopback its link has a new key each time.
        collection: folder with tiles of added styles, which the page shows.

    Raises:
        ControlError: no broker is installed, websockets is missing, one of them does not start, or this machine lacks
            the address.
    """
    from installation.control.web.server import PageServer, page_folder

    broker = start_broker(prefer)
    try:
        key = "" if address == LOOPBACK else secrets.token_urlsafe(KEY_BYTES)
        config = {"base": base, "path": "mqtt"}
        page = PageServer(page_folder(), config, broker.port, host=address, key=key, collection=collection)
        page.start()
    except ControlError:
        broker.stop()
        raise
    return Embedded(broker, page.stop, f"{page.url}#{installation}")


@contextmanager
def broker_for(settings: Settings, address: str = LOOPBACK) -> Iterator[tuple[Settings, str]]:
    """A broker and the page for the context: the settings to reach the broker, and the page's link.

    The link becomes ``page.url``, and so a QR code on screen, only where a phone can reach it. Raises the errors of
    ``start``.
    """
    collection = collection_folder(settings.paths.collection)
    with start(settings.installation.id, settings.broker.base, address=address, collection=collection) as embedded:
        reachable = "" if address == LOOPBACK else embedded.page_url
        yield (
            msgspec.structs.replace(
                settings,
                broker=msgspec.structs.replace(settings.broker, url=embedded.broker_url),
                page=msgspec.structs.replace(settings.page, url=settings.page.url or reachable),
            ),
            embedded.page_url,
        )


def start_broker(prefer: str = "") -> Broker:
    """Start a broker alone; arguments and errors as in ``start``."""
    mosquitto = find_mosquitto() if prefer in {"", "mosquitto"} else None
    if mosquitto is not None:
        return MosquittoBroker(mosquitto)
    if prefer in {"", "amqtt"} and importlib.util.find_spec("amqtt") is not None:
        return AmqttBroker()
    raise ControlError(NO_BROKER)


def missing() -> str:
    """What must be installed before ``start`` can work, as one sentence; empty if nothing."""
    if find_mosquitto() is None and importlib.util.find_spec("amqtt") is None:
        return NO_BROKER
    return "" if importlib.util.find_spec("websockets") is not None else NO_PAGE


def find_mosquitto() -> str | None:
    """Path of mosquitto, which is often outside a user's PATH; None if it is not installed."""
    return shutil.which("mosquitto", path=os.pathsep.join((os.environ.get("PATH", os.defpath), *SBIN)))


def _with_parent() -> list[str]:
    """Command prefix that ends a child when this process ends, even if killed (not if the child changes its user)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=0.5):
        return True
    return False


def _wait_until(ready: Callable[[], bool], alive: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while alive() and time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.02)
    raise ControlError(f"{name} does not start; run it by hand to see why, or use --broker none")
