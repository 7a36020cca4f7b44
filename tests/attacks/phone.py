"""A phone whose owner means harm: speaks raw MQTT over the page's WebSocket, as fast as the socket takes it."""

import base64
import os
import socket
import struct
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"


def packet(kind: int, body: bytes) -> bytes:
    """An MQTT packet: its first byte, the length, the body."""
    length, size = len(body), b""
    while True:
        length, digit = divmod(length, 128)
        size += bytes([digit | (0x80 if length else 0)])
        if not length:
            return bytes([kind]) + size + body


def text(words: str) -> bytes:
    """A string as MQTT writes it."""
    data = words.encode()
    return struct.pack("!H", len(data)) + data


def connect(client_id: str, *, clean: bool = True, keepalive: int = 60) -> bytes:
    """CONNECT of MQTT 3.1.1, without an account."""
    return packet(0x10, text("MQTT") + bytes([4, 2 if clean else 0]) + struct.pack("!H", keepalive) + text(client_id))


def publish(topic: str, payload: bytes, *, qos: int = 0, retain: bool = False, mid: int = 1) -> bytes:
    """PUBLISH."""
    number = struct.pack("!H", mid) if qos else b""
    return packet(0x30 | qos << 1 | retain, text(topic) + number + payload)


def subscribe(*filters: str, qos: int = 0, mid: int = 1) -> bytes:
    """SUBSCRIBE."""
    return packet(0x82, struct.pack("!H", mid) + b"".join(text(name) + bytes([qos]) for name in filters))


class Phone:
    """A WebSocket to the page's port. ``origin`` is the site whose page opened it."""

    def __init__(self, port: int, *, host: str = HOST, origin: str = "", timeout: float = 20.0) -> None:
        self._socket = socket.create_connection((host, port), timeout)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /mqtt HTTP/1.1",
            f"Host: {host}:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: mqtt",
            *([f"Origin: {origin}"] if origin else []),
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.answer = self._socket.recv(4096).split(b"\r\n", 1)[0].decode(errors="replace")
        """The first line of the answer; ``101`` is in it if the WebSocket is open."""

    def send(self, data: bytes) -> None:
        """Send MQTT bytes as one frame, masked with nothing."""
        size = len(data)
        head = (
            bytes([0x80 | size])
            if size < 126
            else struct.pack("!BH", 0xFE, size)
            if size < 65536
            else struct.pack("!BQ", 0xFF, size)
        )
        self._socket.sendall(b"\x82" + head + bytes(4) + data)

    def hear(self, size: int = 65536) -> bytes:
        """What comes next, frames and all; empty when the broker hung up."""
        try:
            return self._socket.recv(size)
        except ConnectionError:
            return b""

    def close(self) -> None:
        """Leave without a word."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
