"""Hands out pictures over HTTP: ``GET /SECRET`` gives one, few times; everything else is not found.

Nothing is listed, nothing is logged, and nothing can be sent here.
"""

import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any, Final

from installation.errors import ControlError, UsageError
from installation.souvenirs.shelf import Shelf

MOST_CONNECTIONS: Final = 48
"""At once; more are hung up on."""
LONGEST: Final = 60.0
"""Seconds that one connection may last."""
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Connection": "close",
}
GONE: Final = """\
This picture is not here (any more).
Dieses Bild ist nicht (mehr) hier.
Cette image n’est pas (ou plus) ici.
这幅画（已）不在这里。
"""


class SouvenirServer:
    """The running server; ``url`` is where. Use as a context manager.

    Raises:
        UsageError: ``listen`` is no ``ADDRESS:PORT``.
        ControlError: the port is taken, or this machine does not have the address.
    """

    def __init__(self, shelf: Shelf, listen: str, clock: Callable[[], float] = time.monotonic) -> None:
        host, port = _address(listen)
        try:
            self._server = _Server((host, port), shelf, clock)
        except OSError as error:
            raise ControlError(f"--listen {listen}: cannot be served ({error.strerror}); choose another") from None
        self.url = f"http://{host}:{self._server.server_address[1]}/"

    def __enter__(self) -> "SouvenirServer":
        threading.Thread(target=self._server.serve_forever, name="souvenirs", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], shelf: Shelf, clock: Callable[[], float]) -> None:
        self.shelf = shelf
        self.clock = clock
        self._lock = threading.Lock()
        self._open: dict[Any, float] = {}
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            full = len(self._open) >= MOST_CONNECTIONS
            if not full:
                self._open[request] = time.monotonic()
        if full:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Called twice a second: forgets what is over, and hangs up on whoever dawdles."""
        self.shelf.forget(self.clock())
        now = time.monotonic()
        with self._lock:
            late = [request for request, began in self._open.items() if now - began > LONGEST]
        for request in late:
            super().shutdown_request(request)

    def handle_error(self, *_: object) -> None:
        """A phone that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 10.0
    server: _Server
    server_version = "art-installation"
    sys_version = ""

    def do_GET(self) -> None:
        picture = self.server.shelf.fetch(self.path.removeprefix("/"), self.server.clock())
        if picture is None:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", GONE.encode())
        else:
            self._answer(HTTPStatus.OK, "image/jpeg", picture)

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.connection.settimeout(LONGEST)
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        if status is HTTPStatus.OK:
            self.send_header("Content-Disposition", 'inline; filename="souvenir.jpg"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: neither who fetches, nor a link."""


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    try:
        known = ip_address(host).version == 4
    except ValueError:
        known = False
    if not known or not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"--listen {listen}: give an IPv4 ADDRESS:PORT, such as 0.0.0.0:8090")
    return host, int(port)
