"""Serves the visitor page and joins its WebSocket to the broker's TCP port: one origin, one port.

For the demo: on loopback, or at one address of this machine behind a key, which is the first part of every path. It
exists because mosquitto's own WebSocket listener binds all interfaces whatever its ``bind_address`` says, and because
amqtt leaks sockets there. A gallery's hub serves the same files with mosquitto's ``http_dir``.
"""

import asyncio
import contextlib
import errno
import hmac
import json
import logging
import socket
import threading
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote, urlsplit

from installation.collection import MOST_STYLES
from installation.errors import ControlError

try:
    from websockets.asyncio.server import ServerConnection, serve
    from websockets.datastructures import Headers
    from websockets.exceptions import ConnectionClosed
    from websockets.http11 import Request, Response
    from websockets.typing import Origin, Subprotocol
except ImportError as error:  # the Pi and the hub do not need it
    raise ControlError(
        "the visitor page needs websockets; in a clone of this project: pip install -e '.[demo]'"
    ) from error

LOOPBACK = "127.0.0.1"
WEBSOCKET_PATH = "/mqtt"
CHUNK = 64 * 1024
LARGEST_FILE = 1024 * 1024

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
}

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page_folder() -> Path:
    """The visitor page's static files."""
    return Path(__file__).parent / "page"


class PageServer:
    """A thread that serves one folder, and forwards the WebSocket at ``mqtt`` to the broker.

    Args:
        folder: static files; they are read once, at start.
        config: contents of ``config.json``, in place of the file in the folder.
        broker_port: TCP port of the broker on loopback.
        port: TCP port to serve at; 0 takes a free one.
        host: IPv4 address of this machine to listen at.
        collection: folder whose ``NAME.webp`` are served as tiles of added styles.
        key: secret first part of every path; empty for none.
    """

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, object],
        broker_port: int,
        port: int = 0,
        *,
        host: str = LOOPBACK,
        key: str = "",
        collection: Path | None = None,
    ) -> None:
        self._files = {**_read(folder), **_tiles(collection)}
        self._files["/config.json"] = ("application/json", json.dumps(dict(config)).encode())
        self._broker_port = broker_port
        self._wanted_port = port
        self._host = host
        self._root = f"/{key}/" if key else "/"
        self._hosts: frozenset[str] = frozenset()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Address of the page, once started."""
        return f"http://{self._host}:{self.port}{self._root}"

    def start(self) -> None:
        """Start listening; returns when the page can be requested.

        Raises:
            ControlError: the port is taken, or this machine does not have the address.
        """
        try:
            listener = socket.create_server((self._host, self._wanted_port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise ControlError(
                    f"{self._host} is no address of this machine; name one that 'ip address' shows"
                ) from None
            raise ControlError(
                f"port {self._wanted_port} cannot be served ({error.strerror}); choose another"
            ) from None
        # Accepted connections inherit this: without it each answer waits 40 ms for the acknowledgement of the last.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = int(listener.getsockname()[1])
        names = (LOOPBACK, "localhost") if self._host == LOOPBACK else (self._host,)
        self._hosts = frozenset(f"{name}:{self.port}" for name in names)
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listener, ready), name="page-server", daemon=True)
        self._thread.start()
        if not ready.wait(10.0):
            raise ControlError("the visitor page's server did not start within 10 s; try again")

    def stop(self, timeout: float = 2.0) -> None:
        """Close all connections; idempotent, takes at most ``timeout`` seconds."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(timeout)
        self._thread = None

    def _run(self, listener: socket.socket, ready: threading.Event) -> None:
        asyncio.run(self._serve(listener, ready))

    async def _serve(self, listener: socket.socket, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        logger = logging.getLogger(f"{__name__}.websockets")
        logger.setLevel(logging.CRITICAL)  # do not log phones that disconnect
        async with serve(
            self._bridge,
            sock=listener,
            origins=[Origin(f"http://{host}") for host in self._hosts],
            subprotocols=[Subprotocol("mqtt"), Subprotocol("mqttv3.1")],
            process_request=self._answer,
            compression=None,
            max_size=CHUNK,
            server_header=None,
            close_timeout=1,
            logger=logger,
        ):
            ready.set()
            await self._stopping.wait()

    def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        """The requested file; None continues with the WebSocket handshake."""
        if (
            request.headers.get("Host") not in self._hosts
        ):  # another host name that resolves to this machine (DNS rebinding)
            return _response(HTTPStatus.FORBIDDEN, "text/plain", b"Forbidden\n")
        path = unquote(urlsplit(request.path).path)
        root, path = path[: len(self._root)], "/" + path[len(self._root) :]
        if not hmac.compare_digest(root.encode(), self._root.encode()):
            return _response(HTTPStatus.NOT_FOUND, "text/plain", b"Not found\n")
        if path == WEBSOCKET_PATH and "Upgrade" in request.headers:
            return None
        found = self._files.get("/index.html" if path == "/" else path)
        if found is None:
            return _response(HTTPStatus.NOT_FOUND, "text/plain", b"Not found\n")
        return _response(HTTPStatus.OK, *found)

    async def _bridge(self, browser: ServerConnection) -> None:
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, self._broker_port)
        except OSError:
            await browser.close(1013, "broker away")
            return
        pumps = {asyncio.create_task(_upward(browser, writer)), asyncio.create_task(_downward(reader, browser))}
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            writer.close()
            await browser.close()


async def _upward(browser: ServerConnection, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ConnectionClosed):
        async for message in browser:
            if isinstance(message, str):  # MQTT is binary
                return
            writer.write(message)
            await writer.drain()


async def _downward(reader: asyncio.StreamReader, browser: ServerConnection) -> None:
    with contextlib.suppress(OSError, ConnectionClosed):
        while chunk := await reader.read(CHUNK):
            await browser.send(chunk)


def _read(folder: Path) -> dict[str, tuple[str, bytes]]:
    """All files of known types by their request path; a browser can get nothing else."""
    return {
        f"/{file.relative_to(folder).as_posix()}": (CONTENT_TYPES[file.suffix], file.read_bytes())
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix in CONTENT_TYPES and file.stat().st_size <= LARGEST_FILE
    }


def _tiles(collection: Path | None) -> dict[str, tuple[str, bytes]]:
    """The tiles that ``styles add`` left beside the styles, by their request path."""
    found = sorted(collection.glob("*.webp")) if collection else []
    return {
        f"/tiles/{file.name}": (CONTENT_TYPES[".webp"], file.read_bytes())
        for file in found[:MOST_STYLES]
        if file.is_file() and file.stat().st_size <= LARGEST_FILE
    }


def _response(status: HTTPStatus, content_type: str, body: bytes) -> Response:
    headers = Headers(SECURITY_HEADERS)
    headers["Content-Type"] = content_type
    headers["Content-Length"] = str(len(body))
    headers["Cache-Control"] = "no-cache"
    headers["Connection"] = "close"
    return Response(status.value, status.phrase, headers, body)
