"""What a run measured, as a small JSON file."""

import os
from pathlib import Path

import msgspec

from installation.errors import OutputError


class Spread(msgspec.Struct, frozen=True):
    """Milliseconds: the middle of all values, and the value that one in twenty exceeds."""

    median: float
    p95: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What ``run --report`` writes."""

    frames: int
    """Pictures shown."""
    fps: float
    """Pictures a second, from the first to the last."""
    inference_ms: Spread
    """Painting one picture, the copies into and out of the network included."""
    stages_ms: dict[str, float]
    """Median time of each stage of a frame: `installation.service.health.STAGES`."""
    latency_ms: Spread
    """From capture to screen."""
    first_frame_ms: float | None
    """From the start of the process to the first painted picture on screen."""
    dropped: int
    """Frames that were captured and never painted, since a newer one was there."""
    failures: int
    """Frames that could not be painted."""
    rss_mb: float
    """Resident memory of the process at the end, and its peak."""
    rss_peak_mb: float
    arena_mb: float
    """The interpreter's own memory."""
    runtime: str
    """Backend and version, such as ``litert 2.3.0``."""
    weights: str
    threads: int
    width: int
    height: int
    """Of the painted picture, in pixels."""
    cost_class: int
    """So many pixels as a square of this edge."""
    cost_class_reason: str
    network: str
    """SHA-256 of the network file."""
    camera: str
    display: str
    version: str


def write(report: Report, path: Path) -> None:
    """Write the report as JSON: whole, or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    text = msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(text)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(f"{path}: cannot be written ({error.strerror}); check the folder's permissions") from None
