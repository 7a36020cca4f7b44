"""Bounds what is under way: how many requests, and how much memory they take."""

from collections.abc import Iterator
from contextlib import contextmanager

from installation.server.limits import Limits
from installation.server.metrics import Metrics
from installation.server.problems import Problem


class Seat:
    """One request's share of the memory; grows while its body comes."""

    def __init__(self, admission: "Admission") -> None:
        self._admission = admission
        self.taken = 0

    def take(self, count: int) -> None:
        """Set aside so many more bytes.

        Raises:
            Problem: 503, all requests together would take too much.
        """
        self._admission.reserve(count)
        self.taken += count


class Admission:
    """Admits requests while the limits allow; for one event loop."""

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self._limits, self._metrics = limits, metrics
        self._requests = self._bytes = 0

    @contextmanager
    def seat(self) -> Iterator[Seat]:
        """A seat for one request, given back at the end.

        Raises:
            Problem: 503, too many requests are under way.
        """
        if self._requests >= self._limits.requests:
            raise Problem.busy("too many requests are under way; try again in a second")
        self._requests += 1
        self._metrics.in_flight.set(self._requests)
        seat = Seat(self)
        try:
            yield seat
        finally:
            self._requests -= 1
            self._metrics.in_flight.set(self._requests)
            self.reserve(-seat.taken)

    def reserve(self, count: int) -> None:
        """Change the memory set aside by so many bytes.

        Raises:
            Problem: 503, it would be too much.
        """
        if count > 0 and self._bytes + count > self._limits.memory:
            raise Problem.busy("the photos under way take all memory that is set aside for them; try again in a second")
        self._bytes += count
        self._metrics.bytes_in_flight.set(self._bytes)
