"""Writes painted frames and the sound of the source clip into an MP4 file."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from installation.errors import OutputError
from installation.frame import Pixels
from installation.painter.still import fitting_size

_CODECS: Final = ("libx264", "h264", "mpeg4")
_TICKS: Final = 60_000
"""Ticks per second of the time stamps. Common frame rates divide it evenly; MPEG-4 allows at most 65,535."""
_SMALLEST: Final = 16
"""Smallest edge in pixels that encoders accept."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Size and rotation of a clip's results: ``width × height`` pixels, after ``turns`` quarter turns to the left."""

    width: int
    height: int
    turns: int

    @classmethod
    def of(cls, frame: av.VideoFrame, aspect: float, longest: int) -> "Shape":
        """The shape for a clip whose frames are like ``frame``, with at most ``longest`` pixels along an edge.

        ``aspect`` is the width of one of its pixels divided by the height.
        """
        turns = round(frame.rotation / 90) % 4
        width, height = frame.width * aspect, float(frame.height)
        if turns % 2:
            width, height = height, width
        # The video format stores one colour value for 2 × 2 pixels, so both edges must be even.
        edges = fitting_size(width, height, longest, multiple=2)
        return cls(max(_SMALLEST, edges[0]), max(_SMALLEST, edges[1]), turns)

    def scaled(self, frame: av.VideoFrame) -> Pixels:
        """Scale and turn the frame: uint8 RGB ``[height, width, 3]``."""
        size = (self.height, self.width) if self.turns % 2 else (self.width, self.height)
        pixels = frame.reformat(*size, format="rgb24").to_ndarray()
        return np.ascontiguousarray(np.rot90(pixels, self.turns), np.uint8)


class ClipWriter:
    """Writes one MP4 file; the file is complete when the ``with`` block ends without an error.

    Args:
        target: the file to write.
        size: width and height in pixels, both even.
        rate: frames per second.
        sound: the source clip's audio stream, which is copied unchanged; None for no sound.

    Raises:
        OSError: the file cannot be written.
        OutputError: FFmpeg has no encoder for it.
    """

    def __init__(self, target: Path, size: tuple[int, int], rate: Fraction, sound: AudioStream | None) -> None:
        self._step = max(1, round(_TICKS / rate))
        self._last = -self._step
        with _writing():
            self._container = av.open(str(target), "w", format="mp4", container_options={"movflags": "+faststart"})
            self._encoder = _encoder(self._container, rate, size)
            self._sound = self._container.add_stream_from_template(sound) if sound else None

    def __enter__(self) -> "ClipWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # The caller discards the file, so an error while closing it does not matter.
            with contextlib.suppress(av.FFmpegError, OSError):
                self._container.close()
            return
        with _writing():
            self._container.mux(self._encoder.encode())
            self._container.close()

    def add(self, pixels: Pixels, moment: Fraction | None) -> None:
        """Write a frame that is shown from ``moment`` (in seconds) on; None: one frame after the last."""
        ticks = self._last + self._step if moment is None else max(round(moment * _TICKS), self._last + 1, 0)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = ticks, Fraction(1, _TICKS)
        self._last = ticks
        with _writing():
            self._container.mux(self._encoder.encode(frame))

    def add_sound(self, packet: "Packet[Any]", start: Fraction) -> None:
        """Write a packet of sound unchanged, but ``start`` seconds earlier."""
        if self._sound is None or packet.dts is None or packet.pts is None:
            return
        earlier = round(start / packet.time_base)
        packet.pts, packet.dts = packet.pts - earlier, packet.dts - earlier
        packet.stream = self._sound
        with _writing():
            self._container.mux(packet)


def _encoder(container: OutputContainer, rate: Fraction, size: tuple[int, int]) -> VideoStream:
    codec = next((name for name in _CODECS if name in av.codecs_available), None)
    if codec is None:
        raise OutputError("this FFmpeg can write neither H.264 nor MPEG-4; install another build of PyAV")
    encoder = container.add_stream(codec, rate=rate)
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.codec_context.time_base = Fraction(1, _TICKS)
    if codec == "libx264":
        encoder.options = {"crf": "21", "preset": "veryfast"}
    else:
        encoder.bit_rate = 8_000_000
    return encoder


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    """Raise FFmpeg's errors as `OSError`: here FFmpeg only encodes and writes to disk."""
    try:
        yield
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error
