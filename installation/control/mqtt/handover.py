"""Hands one souvenir at a time to the hub: the mirror's thread begins it, the link's thread sends it piece by piece."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from installation.control.mqtt.pieces import LARGEST, Kept, decoded, name_of, packed

PATIENCE: Final = 20.0
"""Seconds for sending a picture and the hub's answer."""


class Handover:
    """Thread-safe; waits for nothing. ``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._name = ""
        self._pieces: Iterator[bytes] = iter(())
        self._outcome: str | None = None
        self._until = 0.0

    def begin(self, secret: str, picture: bytes, *, seconds: int, fetches: int) -> None:
        """Send a picture; whatever was being sent is given up."""
        with self._lock:
            self._name = name_of(secret)
            self._outcome = None
            self._until = self._clock() + PATIENCE
            self._pieces = packed(self._name, picture, seconds=seconds, fetches=fetches)
            if len(picture) > LARGEST:
                self._end(f"the picture has more than {LARGEST} bytes")

    def fail(self, problem: str) -> None:
        """There is no connection to send it by."""
        with self._lock:
            self._end(problem)

    def next_piece(self) -> bytes | None:
        """The next payload to publish; None without any."""
        with self._lock:
            return next(self._pieces, None)

    def answered(self, payload: bytes) -> None:
        """The hub answered.

        Raises:
            CommandError: that is no answer of a hub.
        """
        kept: Kept = decoded(payload, Kept)
        with self._lock:
            if self._outcome is None and kept.name == self._name:
                self._end(f"the hub refuses the picture: {kept.error}" if kept.error else "")

    def outcome(self) -> str | None:
        """None while it is under way, then "" or why it failed."""
        with self._lock:
            if self._outcome is None and self._clock() > self._until:
                self._end(f"the hub has not taken the picture within {PATIENCE:g} s; see whether its service runs")
            return self._outcome

    def _end(self, outcome: str) -> None:
        self._outcome, self._pieces = outcome, iter(())
