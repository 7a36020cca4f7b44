"""Paints video files frame by frame, without sound."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from installation.errors import MediaError
from installation.frame import Pixels
from installation.still import fitting_size

_CODECS: Final = ("libx264", "h264", "mpeg4")
_RATE_LIMIT: Final = 240
_TURNS: Final = {90: 1, 180: 2, -180: 2, -90: 3, 270: 3}


def paint_clip(
    source: Path,
    target: Path,
    longest: int,
    paint: Callable[[Pixels], Pixels],
    progress: Callable[[int, int], None],
) -> int:
    """Paint ``source`` into ``target``; returns the number of frames.

    The picture keeps its aspect, its longest edge becomes about ``longest`` pixels. ``progress`` hears how many frames
    are done, and how many there are (0 where the file does not tell).

    Raises:
        MediaError: it is missing, no video, or breaks off before its first frame.
    """
    if not source.is_file():
        raise MediaError(f"{source}: there is no such video; check the path")
    try:
        # A playlist is a video file too; the whitelist keeps it from naming addresses on the network.
        with (
            av.open(f"file:{source}", options={"protocol_whitelist": "file"}) as clip,
            av.open(str(target), "w", format="mp4") as output,
        ):
            return _paint(clip, output, longest, paint, progress)
    except _NoPicture:
        raise MediaError(f"{source}: holds no picture that can be read; convert it to MP4") from None
    except (av.FFmpegError, ValueError) as error:
        raise MediaError(f"{source}: cannot be painted as a video ({error}); convert it to MP4") from None


class _NoPicture(Exception):
    """No frame came."""


def _paint(
    clip: InputContainer,
    output: OutputContainer,
    longest: int,
    paint: Callable[[Pixels], Pixels],
    progress: Callable[[int, int], None],
) -> int:
    if not clip.streams.video:
        raise _NoPicture
    stream = clip.streams.video[0]
    stream.thread_type = "AUTO"
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    rate = min(max(Fraction(rate).limit_denominator(1001), Fraction(1)), Fraction(_RATE_LIMIT))
    encoder: VideoStream | None = None
    done = 0
    for frame in _frames(clip, stream):
        turns = _TURNS.get(round(frame.rotation), 0)
        width, height = (frame.height, frame.width) if turns % 2 else (frame.width, frame.height)
        width, height = fitting_size(width, height, longest)
        if encoder is None:
            encoder = _encoder(output, rate, width, height)
        size = (height, width) if turns % 2 else (width, height)
        scaled = frame.reformat(*size, format="rgb24").to_ndarray()
        pixels: Pixels = np.ascontiguousarray(np.rot90(scaled, turns), np.uint8)
        if (pixels.shape[1], pixels.shape[0]) != (encoder.width, encoder.height):
            raise ValueError("its frames change their size")
        painted = av.VideoFrame.from_ndarray(paint(pixels), format="rgb24")
        painted.pts, painted.time_base = done, 1 / rate
        output.mux(encoder.encode(painted))
        done += 1
        progress(done, stream.frames)
    if encoder is None:
        raise _NoPicture
    output.mux(encoder.encode())
    return done


def _frames(clip: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
    """Frames up to the end, or to where the file breaks off."""
    try:
        yield from clip.decode(stream)
    except av.FFmpegError:
        return


def _encoder(output: OutputContainer, rate: Fraction, width: int, height: int) -> VideoStream:
    for codec in _CODECS:
        if codec in av.codecs_available:
            encoder = output.add_stream(codec, rate=rate)
            if isinstance(encoder, VideoStream):
                encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
                if codec == "libx264":
                    encoder.options = {"crf": "18", "preset": "fast"}
                else:
                    encoder.bit_rate = 8_000_000
                return encoder
    raise ValueError("this FFmpeg can write neither H.264 nor MPEG-4")
