"""Hosts the exported site, and is the browser's proxy: it sees every request that the browser makes, to anywhere."""

import threading
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Requests:
    """What the browser asked for: method, address and length of the body."""

    seen: list[tuple[str, str, int]] = field(default_factory=list)

    def of_the_site(self, origin: str) -> list[tuple[str, str, int]]:
        return [request for request in self.seen if request[1].startswith(origin + "/")]


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, site: "Site", **options: Any) -> None:
        self._site = site
        super().__init__(*args, directory=str(site.folder), **options)

    def do_GET(self) -> None:
        if self._note():
            super().do_GET()

    def do_HEAD(self) -> None:
        if self._note():
            super().do_HEAD()

    def handle_one_request(self) -> None:
        """Note whatever the base class refuses: POST, PUT, CONNECT …"""
        super().handle_one_request()
        command = getattr(self, "command", None)
        if command and command not in {"GET", "HEAD"}:
            self._note()

    def end_headers(self) -> None:
        for name, value in self._site.headers.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _note(self) -> bool:
        """Note the request; a proxy's holds the whole address. False for another host, which gets an error."""
        site = self._site
        if self.command == "CONNECT":  # to a host and port
            whole = f"https://{self.path}"
        else:
            whole = self.path if "://" in self.path else site.url + self.path.lstrip("/")
        site.requests.seen.append((self.command, whole, int(self.headers.get("Content-Length") or 0)))
        if site.away or urlsplit(whole).netloc != f"127.0.0.1:{site.port}":
            self.send_error(502)
            return False
        self.path = urlsplit(whole).path
        return True


class Site:
    """The site at a port of its own; ``away`` makes it fail as if the connection were gone."""

    def __init__(self, folder: Path, headers: dict[str, str]) -> None:
        self.folder, self.headers, self.away = folder, headers, False
        self.requests = Requests()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, site=self))
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.proxy_flags = (f"--proxy-server=127.0.0.1:{self.port}", "--proxy-bypass-list=<-loopback>")
        threading.Thread(target=self._server.serve_forever, name="site", daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
