"""Crops, scales and rotates inside FFmpeg: any video frame becomes an RGB picture of the wanted size."""

import time
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import av.filter
import numpy as np
from av.video.stream import VideoStream

from installation.errors import CameraError
from installation.frame import PictureSize, Pixels, edges

LARGEST_PIXELS = 8192 * 8192
"""Frames with more pixels are refused: decoding one takes hundreds of megabytes."""

_MILLISECOND = Fraction(1, 1000)

_TURNS: dict[int, tuple[str, ...]] = {0: (), 90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}
"""FFmpeg's transpose steps for each rotation, counter-clockwise in degrees."""


class Scaler:
    """Writes the largest middle part of video frames that has the buffer's aspect into buffers of one size.

    The filter graph is built for the first frame and again whenever the frames change their size or format.
    """

    def __init__(self, size: int | PictureSize) -> None:
        self._size = edges(size)
        self.seconds = 0.0
        """Seconds that the last frame took."""
        self._key: tuple[Any, ...] | None = None
        self._graph: av.filter.Graph | None = None

    def scale(self, frame: av.VideoFrame, out: Pixels, aspect: float = 1.0) -> None:
        """Fill ``out`` from ``frame``, upright; ``aspect`` is the width of its pixels over their height.

        Raises:
            CameraError: FFmpeg cannot convert frames of this kind.
        """
        start = time.perf_counter()
        rotation = _rotation(frame)
        key = (frame.width, frame.height, frame.format.name, aspect, rotation)
        try:
            if self._graph is None or key != self._key:
                self._graph = _build(frame, aspect, rotation, self._size)
                self._key = key
            self._graph.push(frame)
            scaled = self._graph.pull()
        except (av.FFmpegError, ValueError) as error:
            self._graph = None
            raise CameraError(
                f"frames of {frame.width}×{frame.height} {frame.format.name} cannot be scaled: {error}"
            ) from error
        if not isinstance(scaled, av.VideoFrame):
            raise CameraError("FFmpeg gave no picture back; convert the clip to H.264 or use another camera")
        plane = scaled.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        # Rows are padded for SIMD, so the copy goes row by row.
        height, width = self._size
        np.copyto(out.reshape(height, -1), rows[:height, : width * 3])
        self.seconds = time.perf_counter() - start


def _build(frame: av.VideoFrame, aspect: float, rotation: int, size: PictureSize) -> av.filter.Graph:
    width, height = frame.width, frame.height
    if width * height > LARGEST_PIXELS:
        raise CameraError(f"frames of {width}×{height} are too large; scale the clip down to 4K or less")
    # The size before the rotation, which comes last.
    out_width, out_height = size if rotation in (90, 270) else size[::-1]
    seen_width = min(width * aspect, height * out_width / out_height)
    crop_width = max(1, min(width, round(seen_width / aspect)))
    crop_height = max(1, min(height, round(seen_width * out_height / out_width)))
    # Even offsets keep luma and half-resolution chroma together.
    left = (width - crop_width) // 2 & ~1
    top = (height - crop_height) // 2 & ~1
    graph = av.filter.Graph()
    steps = [
        graph.add_buffer(width=width, height=height, format=frame.format, time_base=frame.time_base or _MILLISECOND),
        graph.add("crop", f"{crop_width}:{crop_height}:{left}:{top}:exact=1"),
        graph.add("scale", f"{out_width}:{out_height}:flags=bilinear"),
        graph.add("format", "rgb24"),
        # Rotate after scaling, when there are fewest pixels.
        *(graph.add("transpose", turn) for turn in _TURNS[rotation]),
        graph.add("buffersink"),
    ]
    for one, other in pairwise(steps):
        one.link_to(other)
    graph.configure()
    return graph


def _rotation(frame: av.VideoFrame) -> int:
    """Return the rotation that makes a frame upright, counter-clockwise in degrees: 0, 90, 180 or 270."""
    return round(frame.rotation / 90) * 90 % 360


def pixel_aspect(stream: VideoStream) -> float:
    """Return the width of a stream's pixels divided by their height; 1.0 where it is unknown or absurd."""
    aspect = stream.sample_aspect_ratio
    return float(aspect) if aspect and 0.1 <= aspect <= 10 else 1.0
