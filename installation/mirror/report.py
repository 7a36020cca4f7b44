"""The report of a run, as a small JSON file."""

from pathlib import Path

import msgspec

from installation.camera.capture import Capture
from installation.display.base import Display
from installation.files import whole_file
from installation.mirror.sizing import PictureSizer
from installation.painter.live import LivePainter
from installation.service import health
from installation.service.health import Meter


class Spread(msgspec.Struct, frozen=True):
    """Milliseconds: the median and the 95th percentile."""

    median: float
    p95: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Contents of the file that ``run --report`` writes."""

    frames: int
    """Pictures shown."""
    fps: float
    """Pictures per second, from the first to the last."""
    inference_ms: Spread
    """Time to paint one picture, with the copies into and out of the network."""
    stages_ms: dict[str, float]
    """Median time of each stage of a frame: `installation.service.health.STAGES`."""
    latency_ms: Spread
    """Time from capture to screen."""
    first_frame_ms: float | None
    """Milliseconds from the start of the process to the first painted picture on screen."""
    dropped: int
    """Captured frames that were not painted because a newer one came."""
    failures: int
    """Frames that could not be painted."""
    rss_mb: float
    """Resident memory of the process at the end, and its peak."""
    rss_peak_mb: float
    arena_mb: float
    """Memory of the network's runtime."""
    runtime: str
    """Backend and version, such as ``litert 2.3.0``."""
    weights: str
    threads: int
    width: int
    height: int
    """Size of the painted picture in pixels."""
    cost_class: int
    """Cost class: about as many pixels as a square with this edge."""
    cost_class_reason: str
    network: str
    """SHA-256 of the network file."""
    camera: str
    display: str
    version: str


def measured(
    meter: Meter, capture: Capture, painter: LivePainter, sizer: PictureSizer, display: Display, version: str
) -> Report:
    """The measurements so far."""
    stylizer = painter.stylizer
    choice = stylizer.choice
    return Report(
        frames=meter.frames,
        fps=round(meter.overall_fps, 2),
        inference_ms=Spread(meter.inference_ms(), meter.inference_ms(95)),
        stages_ms=meter.stages_ms(),
        latency_ms=Spread(meter.latency_ms(), meter.latency_ms(95)),
        first_frame_ms=meter.first_frame_ms,
        dropped=capture.dropped,
        failures=painter.failures,
        rss_mb=health.rss_mb(),
        rss_peak_mb=health.rss_mb(key="VmHWM"),
        arena_mb=round(stylizer.arena_bytes / 2**20, 2),
        runtime=f"{choice.runtime} {choice.version}",
        weights=choice.weights,
        threads=choice.threads,
        width=stylizer.width,
        height=stylizer.height,
        cost_class=sizer.cost_class,
        cost_class_reason=sizer.reason,
        network=painter.file.sha256,
        camera=capture.camera_name,
        display=f"{display.name} ({display.driver})",
        version=version,
    )


def write(report: Report, path: Path) -> None:
    """Write the report as JSON, completely or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    with whole_file(path) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
