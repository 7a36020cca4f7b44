"""Writes painted frames, and the sound they came with, into an MP4."""

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
"""Units a second of the times written: usual rates are whole numbers of them, and MPEG-4 allows at most 65,535."""
_SMALLEST: Final = 16
"""Encoders refuse smaller edges."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a clip's frames become: upright, ``width × height`` pixels; ``turns`` are quarter turns to the left."""

    width: int
    height: int
    turns: int

    @classmethod
    def of(cls, frame: av.VideoFrame, aspect: float, longest: int) -> "Shape":
        """The shape for frames like this one; ``aspect`` is the width of its pixels over their height."""
        turns = round(frame.rotation / 90) % 4
        width, height = frame.width * aspect, float(frame.height)
        if turns % 2:
            width, height = height, width
        # Colours are stored for 2 × 2 pixels.
        edges = fitting_size(width, height, longest, multiple=2)
        return cls(max(_SMALLEST, edges[0]), max(_SMALLEST, edges[1]), turns)

    def scaled(self, frame: av.VideoFrame) -> Pixels:
        """The frame in this shape, RGB."""
        size = (self.height, self.width) if self.turns % 2 else (self.width, self.height)
        pixels = frame.reformat(*size, format="rgb24").to_ndarray()
        return np.ascontiguousarray(np.rot90(pixels, self.turns), np.uint8)


class ClipWriter:
    """An MP4 that is being written, ``size`` is its even width and height; whole when the ``with`` block ends well.

    Raises:
        OSError: it cannot be written.
        OutputError: there is no encoder for it.
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
            # The file will be thrown away, so what cannot be finished need not be.
            with contextlib.suppress(av.FFmpegError, OSError):
                self._container.close()
            return
        with _writing():
            self._container.mux(self._encoder.encode())
            self._container.close()

    def add(self, pixels: Pixels, moment: Fraction | None) -> None:
        """Write a frame that is shown from ``moment`` on, in seconds; None is the next in turn."""
        ticks = self._last + self._step if moment is None else max(round(moment * _TICKS), self._last + 1, 0)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = ticks, Fraction(1, _TICKS)
        self._last = ticks
        with _writing():
            self._container.mux(self._encoder.encode(frame))

    def add_sound(self, packet: "Packet[Any]", start: Fraction) -> None:
        """Write a packet of sound as it is, ``start`` seconds earlier."""
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
    """FFmpeg's errors are the system's, when it writes."""
    try:
        yield
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error
