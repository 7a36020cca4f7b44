import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

pytest.importorskip("websockets", reason="the page's server needs websockets (demo extra)")

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from installation.control.web.server import PageServer, page_folder
from installation.errors import ControlError


class EchoBroker:
    """Accepts one TCP connection at a time and sends back what it gets, in upper case."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                while data := connection.recv(1024):
                    connection.sendall(data.upper())

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def broker() -> Iterator[EchoBroker]:
    broker = EchoBroker()
    yield broker
    broker.close()


@pytest.fixture
def server(broker: EchoBroker) -> Iterator[PageServer]:
    server = PageServer(page_folder(), {"base": "museum/floor-2"}, broker.port)
    server.start()
    yield server
    server.stop()


def get(server: PageServer, path: str, host: str | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers={"Host": host or f"127.0.0.1:{server.port}"})
    return connection.getresponse()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/?id=mirror", "text/html"),
        ("/page.js", "text/javascript"),
        ("/page.css", "text/css"),
        ("/icon.png", "image/png"),
        ("/vendor/paho-mqtt-1.1.0.min.js", "text/javascript"),
    ],
)
def test_serves_the_files_with_their_types_and_the_security_headers(server: PageServer, path: str, kind: str) -> None:
    answer = get(server, path)
    assert answer.status == 200
    assert answer.headers.get_content_type() == kind
    assert len(answer.read()) == int(answer.headers["Content-Length"]) > 0
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_config_is_its_own(server: PageServer) -> None:
    assert get(server, "/config.json").read() == b'{"base": "museum/floor-2"}'


@pytest.mark.parametrize(
    "path", ["/nothing", "/../webserver.py", "/%2e%2e/webserver.py", "//etc/passwd", "/tiles/", "/vendor", "/%00"]
)
def test_there_is_nothing_else(server: PageServer, path: str) -> None:
    assert get(server, path).status == 404


def test_a_foreign_host_name_is_refused(server: PageServer) -> None:
    assert get(server, "/", host="evil.example").status == 403


def test_listens_on_loopback_only(server: PageServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.2", server.port)) != 0


def test_passes_bytes_to_the_broker_and_back(server: PageServer) -> None:
    origin = Origin(f"http://127.0.0.1:{server.port}")
    url = f"ws://127.0.0.1:{server.port}/mqtt"
    with connect(url, origin=origin, subprotocols=[Subprotocol("mqtt")], proxy=None) as browser:
        assert browser.subprotocol == "mqtt"
        browser.send(b"hello")
        assert browser.recv(timeout=10) == b"HELLO"


@pytest.mark.parametrize("origin", ["http://evil.example", None])
def test_another_sites_page_cannot_connect(server: PageServer, origin: str | None) -> None:
    url = f"ws://127.0.0.1:{server.port}/mqtt"
    with pytest.raises(InvalidStatus):
        connect(url, origin=Origin(origin) if origin else None, subprotocols=[Subprotocol("mqtt")], proxy=None)


@pytest.fixture
def reachable(broker: EchoBroker) -> Iterator[PageServer]:
    """A page that the network can reach, behind a key."""
    server = PageServer(page_folder(), {}, broker.port, host="127.0.0.2", key="k-3y")
    server.start()
    yield server
    server.stop()


def test_behind_a_key_is_everything(reachable: PageServer) -> None:
    assert reachable.url == f"http://127.0.0.2:{reachable.port}/k-3y/"
    assert [ask(reachable, f"/k-3y{path}") for path in ("/", "/page.js", "/config.json")] == [200, 200, 200]
    for path in ("/", "/page.js", "/config.json", "/k-3y", "/K-3Y/", "/k-3y/../", "//k-3y/", "/k-3z/", "/é-3y/"):
        assert ask(reachable, path) == 404, path
    url = f"ws://127.0.0.2:{reachable.port}"
    origin = Origin(f"http://127.0.0.2:{reachable.port}")
    with pytest.raises(InvalidStatus):
        connect(f"{url}/mqtt", origin=origin, subprotocols=[Subprotocol("mqtt")], proxy=None)
    with connect(f"{url}/k-3y/mqtt", origin=origin, subprotocols=[Subprotocol("mqtt")], proxy=None) as browser:
        browser.send(b"hello")
        assert browser.recv(timeout=10) == b"HELLO"


def test_nothing_listens_at_another_address(reachable: PageServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.1", reachable.port)) != 0


def ask(server: PageServer, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.2", server.port, timeout=10)
    connection.request("GET", quote(path), headers={"Host": f"127.0.0.2:{server.port}"})
    return connection.getresponse().status


def test_without_a_broker_the_browser_is_told_to_try_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        nobody = int(probe.getsockname()[1])
    server = PageServer(page_folder(), {}, nobody)
    server.start()
    origin = Origin(f"http://127.0.0.1:{server.port}")
    url = f"ws://127.0.0.1:{server.port}/mqtt"
    with (
        connect(url, origin=origin, subprotocols=[Subprotocol("mqtt")], proxy=None) as browser,
        pytest.raises(ConnectionClosed) as closed,
    ):
        browser.recv(timeout=10)
    server.stop()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013


def test_a_taken_port_is_an_error_with_the_cure(server: PageServer) -> None:
    with pytest.raises(ControlError, match="choose another"):
        PageServer(page_folder(), {}, 1, server.port).start()


def test_stop_is_idempotent_and_frees_the_port(server: PageServer) -> None:
    server.stop()
    server.stop()
    with socket.create_server(("127.0.0.1", server.port)):
        pass


def test_tiles_of_added_styles_come_from_the_collection(broker: EchoBroker, tmp_path: Path) -> None:
    (tmp_path / "mine.webp").write_bytes(b"a tile")
    (tmp_path / "mine.preview.png").write_bytes(b"a preview")
    server = PageServer(page_folder(), {}, broker.port, collection=tmp_path)
    server.start()
    try:
        answer = get(server, "/tiles/mine.webp")
        assert (answer.status, answer.getheader("Content-Type"), answer.read()) == (200, "image/webp", b"a tile")
        assert get(server, "/tiles/mine.preview.png").status == 404
        assert get(server, "/tiles/photo.webp").status == 200
    finally:
        server.stop()
