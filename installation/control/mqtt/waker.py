"""Wakes a thread that waits in ``poll``."""

import contextlib
import socket
from types import TracebackType
from typing import Self


class Waker:
    """A pair of connected sockets: a byte sent into one makes the other readable. Open during its ``with`` block."""

    def __init__(self) -> None:
        self._ends: tuple[socket.socket, socket.socket] | None = None

    def __enter__(self) -> Self:
        self._ends = socket.socketpair()
        for end in self._ends:
            end.setblocking(False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in self._ends or ():
            end.close()

    def fileno(self) -> int:
        """The descriptor to poll for reading; -1 while closed."""
        return self._ends[0].fileno() if self._ends else -1

    def wake(self) -> None:
        """End the wait of the polling thread; from any thread, never waits. Does nothing while closed."""
        with contextlib.suppress(OSError):  # full: the thread wakes anyway; closed: it has ended
            if self._ends:
                self._ends[1].send(b"\0")

    def drain(self) -> None:
        """Discard the wake-ups so far."""
        with contextlib.suppress(BlockingIOError):
            while self._ends and self._ends[0].recv(4096):
                pass
