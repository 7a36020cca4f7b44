"""The technician's web page: the fleet with its last 24 hours, orders, logs, and ``/metrics``; all behind a password.

It has no truth of its own: what it shows comes from the retained topics, and what is pressed becomes the same commands
as those of ``art-installation fleet``. The history is in memory and begins when the page starts.
"""

import base64
import binascii
import hmac
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from installation.errors import ControlError, InstallationError, UsageError
from installation.files import read_regular
from installation.fleet import metrics
from installation.fleet.client import FleetClient
from installation.fleet.history import History
from installation.fleet.orders import Order, Outcome, request, set_value
from installation.fleet.page_html import STYLE, logs, overview

USER: Final = "technician"
LONGEST_FORM: Final = 4096
SAMPLE_SECONDS: Final = 60.0
ORDER_SECONDS: Final = 5.0
WRONG_PASSWORD_SECONDS: Final = 1.0
"""How long the answer to a wrong password takes."""
SHORTEST_PASSWORD: Final = 12
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class PageOptions:
    """Where the page is served, ``ADDRESS:PORT``, and the files of its password and certificate."""

    listen: str
    password_file: Path
    certificate: Path | None = None
    key: Path | None = None


class FleetPage:
    """The running page; ``url`` is where. Use as a context manager.

    Raises:
        UsageError: the address is none, the password is missing or short, or the page would leave this machine without
            TLS.
        ControlError: the port is taken, or the certificate is unusable.
    """

    def __init__(self, client: FleetClient, options: PageOptions) -> None:
        host, port = _address(options)
        self.client = client
        self.history = History()
        self.form_key = secrets.token_urlsafe(24)
        self.acting = threading.Lock()
        self._password = _password(options.password_file)
        self._stopping = threading.Event()
        try:
            self._server = _Server((host, port), self)
            if options.certificate is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(options.certificate, options.key)
                self._server.context = context
        except OSError as error:
            raise ControlError(f"--listen {options.listen}: cannot be served ({error}); choose another") from None
        scheme = "http" if options.certificate is None else "https"
        self.url = f"{scheme}://{host}:{self._server.server_address[1]}/"

    def __enter__(self) -> "FleetPage":
        for run in (self._server.serve_forever, self._sample):
            threading.Thread(target=run, name="fleet-page", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def admits(self, header: str) -> bool:
        """Whether the Authorization header names the technician and the password."""
        scheme, _, encoded = header.partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
        except binascii.Error:
            given = b""
        return hmac.compare_digest(given, f"{USER}:{self._password}".encode())

    def order(self, identity: str, what: str, value: str) -> list[Outcome]:
        """Carry out what was pressed, as ``art-installation fleet`` would.

        Raises:
            UsageError: there is no such installation, order or value.
        """
        client = self.client
        with client.lock:
            members = client.roster.chosen([identity], "", everybody=False)
        order = Order([identity], members)
        with self.acting:  # answers are kept by installation: one question at a time
            if what in ("identify", "restart", "log"):
                return request(client, order, what, ORDER_SECONDS)
            if what in ("style", "display", "attract"):
                return set_value(client, order, what, value, ORDER_SECONDS)
        raise UsageError(f"there is no order '{what[:20]}'")

    def _sample(self) -> None:
        while True:
            with self.client.lock:
                self.history.record(self.client.roster.sorted(), int(time.time() // 3600))
            if self._stopping.wait(SAMPLE_SECONDS):
                return


def serve(client: FleetClient, options: PageOptions, began: Callable[[str], None]) -> None:
    """Serve the page until Ctrl-C; ``began`` is told its address. Raises the errors of `FleetPage`."""
    with FleetPage(client, options) as page:
        began(page.url)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    context: ssl.SSLContext | None = None

    def __init__(self, address: tuple[str, int], page: FleetPage) -> None:
        self.page = page
        super().__init__(address, _Handler)

    def handle_error(self, *_: object) -> None:
        """A browser that hangs up, or speaks no TLS, is no news."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 10.0
    server: _Server
    server_version = "art-installation"
    sys_version = ""

    def setup(self) -> None:
        if self.server.context is not None:  # the handshake in this connection's own thread: a slow one holds up nobody
            self.request.settimeout(self.timeout)
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def do_GET(self) -> None:
        page, path = self.server.page, urlsplit(self.path).path
        if not self._admitted():
            return
        if path == "/style.css":
            self._answer(STYLE, "text/css")
        elif path == "/metrics":
            with page.client.lock:
                text = metrics.exposition(page.client.roster.sorted())
            self._answer(text, "text/plain; version=0.0.4")
        elif path == "/":
            said = parse_qs(urlsplit(self.path).query).get("said", [""])[0][:200]
            with page.client.lock:
                html = overview(page.client.roster.sorted(), page.history, page.client.state, page.form_key, said)
            self._answer(html, "text/html")
        else:
            self._answer("there is no such page\n", "text/plain", HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        page = self.server.page
        if not self._admitted():
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_FORM:
            self._answer("too large\n", "text/plain", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        form = {
            key: values[0] for key, values in parse_qs(self.rfile.read(int(length)).decode("utf-8", "replace")).items()
        }
        if not hmac.compare_digest(form.get("key", "").encode(), page.form_key.encode()):
            self._answer("this form is not the page's own; open the page again\n", "text/plain", HTTPStatus.FORBIDDEN)
            return
        identity, what = form.get("id", ""), form.get("what", "")
        try:
            outcomes = page.order(identity, what, form.get("value", ""))
        except InstallationError as error:
            self._answer(f"{error}\n", "text/plain", HTTPStatus.BAD_REQUEST)
            return
        self._answer(logs(identity, outcomes, f"{what} {form.get('value', '')}"), "text/html")

    def _admitted(self) -> bool:
        header = self.headers.get("Authorization", "")
        if self.server.page.admits(header):
            return True
        if header:
            time.sleep(WRONG_PASSWORD_SECONDS)
        self._answer("this page needs the technician's password\n", "text/plain", HTTPStatus.UNAUTHORIZED)
        return False

    def _answer(self, text: str, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Basic realm="mirrors", charset="UTF-8"')
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: the address of whoever looks is nobody's business."""


def _address(options: PageOptions) -> tuple[str, int]:
    host, _, port = options.listen.rpartition(":")
    try:
        address = ip_address(host)
    except ValueError:
        raise UsageError(f"--listen {options.listen}: give ADDRESS:PORT, such as 127.0.0.1:8088") from None
    if not port.isdecimal() or int(port) > 65535 or address.version != 4:
        raise UsageError(f"--listen {options.listen}: give an IPv4 ADDRESS:PORT, such as 127.0.0.1:8088")
    if (options.certificate is None) != (options.key is None):
        raise UsageError("give --tls-cert and --tls-key together")
    if options.certificate is None and not address.is_loopback:
        raise UsageError(f"--listen {host}: the password would be sent in the clear; give --tls-cert and --tls-key")
    return host, int(port)


def _password(file: Path) -> str:
    try:
        password = read_regular(file, LONGEST_FORM).decode().strip()
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{file}: cannot be read ({getattr(error, 'strerror', None) or error}); check the path"
        ) from None
    if len(password) < SHORTEST_PASSWORD:
        raise UsageError(f"{file}: holds no password of {SHORTEST_PASSWORD} characters or more; write one")
    return password
