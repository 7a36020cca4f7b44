import http.client
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from installation.errors import ControlError, UsageError
from installation.souvenirs import server as server_module
from installation.souvenirs.server import SouvenirServer
from installation.souvenirs.shelf import Shelf
from tests.control.hub import until
from tests.souvenirs.test_shelf import a_picture, put


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(shelf: Shelf, clock: Clock) -> Iterator[SouvenirServer]:
    with SouvenirServer(shelf, "127.0.0.1:0", clock) as one:
        yield one


def asked(server: SouvenirServer, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_a_link_works_three_times(server, shelf):
    put(shelf, "foyer", "secret", 0.0)
    for _ in range(3):
        status, headers, body = asked(server, "/secret")
        assert (status, body) == (200, a_picture())
        assert headers["Content-Type"] == "image/jpeg"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    status, headers, body = asked(server, "/secret")
    assert status == 404
    assert headers["Cache-Control"] == "no-store"
    assert "any more" in body.decode()


def test_a_link_ends_with_its_minutes(server, shelf, clock):
    put(shelf, "foyer", "secret", 0.0, seconds=60)
    clock.now = 60.0
    until(lambda: shelf.size == 0, what="forgetting, though nobody asks")
    assert asked(server, "/secret")[0] == 404


@pytest.mark.parametrize("path", ["/", "/index.html", "/%73ecret", "/secret?", "/..", "/secret/", "/x" * 20_000])
def test_nothing_is_listed_or_guessed(server, shelf, path):
    put(shelf, "foyer", "secret", 0.0)
    assert asked(server, path)[0] in (404, 414)
    assert len(shelf) == 1


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_but_fetching(server, shelf, method):
    put(shelf, "foyer", "secret", 0.0)
    assert asked(server, "/secret", method)[0] == 501
    assert shelf.fetch("secret", 0.0)


def test_whoever_dawdles_is_hung_up_on_and_others_are_served(server, shelf, monkeypatch):
    monkeypatch.setattr(server_module, "LONGEST", 0.5)
    monkeypatch.setattr(server_module, "MOST_CONNECTIONS", 4)
    place = urlsplit(server.url)
    slow = [socket.create_connection((place.hostname, place.port)) for _ in range(8)]
    try:
        time.sleep(0.3)
        put(shelf, "foyer", "secret", 0.0)

        def served() -> bool:
            try:
                return asked(server, "/secret")[0] == 200
            except (OSError, http.client.HTTPException):
                return False

        until(served, what="a place for another")
    finally:
        for one in slow:
            one.close()


@pytest.mark.parametrize("listen", ["8090", "hub:8090", "[::1]:8090", "127.0.0.1:", "127.0.0.1:99999"])
def test_an_address_that_is_none(listen):
    with pytest.raises(UsageError, match="IPv4 ADDRESS:PORT"):
        SouvenirServer(Shelf(), listen)


def test_a_port_that_is_taken(server):
    with pytest.raises(ControlError, match="choose another"):
        SouvenirServer(Shelf(), urlsplit(server.url).netloc)
