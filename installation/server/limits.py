"""What the service allows: how large requests may be, how many wait, how long they take, how batches are gathered."""

from dataclasses import dataclass
from typing import Final

SMALLEST: Final = 64
LARGEST: Final = 1024
"""Longest edge in pixels of a picture: what the network paints in one piece."""
SIZE: Final = 512
"""The longest edge where a request names none."""
FORMATS: Final = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class Limits:
    """The service's bounds; every one holds for any request, whatever it sends."""

    requests: int = 256
    """Requests that are read, wait or are painted at the same time; more are refused (503)."""
    memory: int = 512 * 1024 * 1024
    """Bytes that the bodies and pictures of these requests may take together; more are refused (503)."""
    body: int = 16 * 1024 * 1024
    """Bytes of one photo's file (413)."""
    pixels: int = 40_000_000
    """Pixels of one photo (422)."""
    read_seconds: float = 30.0
    """Within which a request's body must have come (408)."""
    paint_seconds: float = 60.0
    """Within which the picture must be done (503)."""
    batch: int = 16
    """Pictures that are painted together."""
    batch_pixels: int = 4 * 1024 * 1024
    """Pixels of these pictures together; one picture is always painted."""
    batch_seconds: float = 0.005
    """How long the first of a batch waits for others."""
