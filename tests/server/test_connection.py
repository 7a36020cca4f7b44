"""The service in uvicorn, in a thread of its own."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from installation.errors import ControlError
from installation.server import connection
from installation.server.serve import make_service, serve


@pytest.fixture
def address(collection, limits, monkeypatch) -> Iterator[tuple[str, int]]:
    """Where a service listens that waits half a second for a request's head."""
    servers: list[uvicorn.Server] = []

    class Watched(uvicorn.Server):
        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            servers.append(self)

    monkeypatch.setattr(uvicorn, "Server", Watched)
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    service = make_service(collection, limits, threads=1)
    thread = threading.Thread(target=serve, args=(service, limits, "127.0.0.1", port))
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not (servers and servers[0].started):
            assert time.monotonic() < deadline, "it never listened"
            time.sleep(0.02)
        yield "127.0.0.1", port
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(30)
    assert not thread.is_alive()


def test_a_connection_serves_one_request_after_the_other(address) -> None:
    host, port = address
    client = http.client.HTTPConnection(host, port, timeout=20)
    try:
        for _ in range(2):
            client.request("GET", "/healthz")
            answer = client.getresponse()
            answer.read()
            assert answer.status == 200
    finally:
        client.close()


def test_a_head_that_never_ends_closes_the_connection(address) -> None:
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        assert client.recv(1) == b"", "the service hangs up"


def test_an_address_in_use_is_one_sentence(collection, limits) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = make_service(collection, limits, threads=1)
        with pytest.raises(ControlError, match="cannot be listened on"):
            serve(service, limits, "127.0.0.1", int(taken.getsockname()[1]))
