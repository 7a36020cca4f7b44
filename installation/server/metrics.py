"""What Prometheus may read: requests, how long they take, batches, and what waits. No picture, no address."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

_PREFIX = "art_installation"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The service's own registry and what is counted in it."""

    def __init__(self) -> None:
        self._registry = made = CollectorRegistry()
        ProcessCollector(registry=made)
        self.requests = Counter(f"{_PREFIX}_requests", "Requests answered", ["path", "status"], registry=made)
        self.seconds = Histogram(f"{_PREFIX}_paint_seconds", "From request to answer", buckets=_SECONDS, registry=made)
        self.in_flight = Gauge(
            f"{_PREFIX}_requests_in_flight", "Requests being read, waiting or painted", registry=made
        )
        self.bytes_in_flight = Gauge(f"{_PREFIX}_bytes_in_flight", "Memory set aside for these requests", registry=made)
        self.waiting = Gauge(f"{_PREFIX}_pictures_waiting", "Pictures that wait for a batch", registry=made)
        self._pictures = Counter(f"{_PREFIX}_pictures", "Pictures painted", registry=made)
        self._batches = Histogram(
            f"{_PREFIX}_batch_pictures", "Pictures in a batch", buckets=(1, 2, 4, 8, 16), registry=made
        )
        self._batch_seconds = Histogram(
            f"{_PREFIX}_batch_seconds", "Painting of a batch", buckets=_SECONDS, registry=made
        )

    def batch(self, pictures: int, seconds: float) -> None:
        """Count a painted batch."""
        self._pictures.inc(pictures)
        self._batches.observe(pictures)
        self._batch_seconds.observe(seconds)

    def text(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self._registry)
