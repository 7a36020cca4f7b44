"""Paints a video file frame by frame; keeps the time of each frame, and the sound."""

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Protocol

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from installation.camera.clip_file import is_readable, open_clip, pictures
from installation.camera.scaler import LARGEST_PIXELS, pixel_aspect
from installation.errors import MediaError
from installation.frame import Pixels
from installation.offline.clip_writer import ClipWriter, Shape

_SOUNDS: Final = frozenset({"aac", "ac3", "alac", "eac3", "mp3", "opus"})
"""Audio codecs that are copied into the MP4 unchanged. Sound in any other codec is left out."""

Progress = Callable[[int, int], None]
"""Called after each frame with the number of frames painted and the number of all frames (0: unknown)."""


class ClipFrames(Protocol):
    """Paints the frames of one clip."""

    def begin(self, frame: av.VideoFrame, aspect: float, /) -> tuple[int, int]:
        """Return the width and height of the results, both even.

        ``frame`` is the first frame; ``aspect`` is the width of one of its pixels divided by the height.
        """
        ...

    def paint(self, frame: av.VideoFrame) -> Pixels:
        """Paint the next frame: uint8 ``[height, width, 3]``, in the size that `begin` returned."""
        ...


class FittedFrames:
    """Scales each frame so that its longest edge has ``longest`` pixels, keeps the aspect ratio, and paints it."""

    def __init__(self, longest: int, paint: Callable[[Pixels], Pixels]) -> None:
        self._longest, self._paint = longest, paint
        self._shape = Shape(0, 0, 0)

    def begin(self, frame: av.VideoFrame, aspect: float, /) -> tuple[int, int]:
        """Choose the size of the results from the first frame."""
        self._shape = Shape.of(frame, aspect, self._longest)
        return self._shape.width, self._shape.height

    def paint(self, frame: av.VideoFrame) -> Pixels:
        """Scale the frame and paint it."""
        return self._paint(self._shape.scaled(frame))


def paint_clip(source: Path, target: Path, frames: ClipFrames, progress: Progress) -> int:
    """Paint the video ``source`` into the MP4 file ``target``; return the number of frames painted.

    A truncated file is painted up to the point where it ends.

    Raises:
        MediaError: the source is missing, is no video, has frames that are too large, or ends before its first frame.
        OSError: the target cannot be written.
    """
    if not source.is_file():
        raise MediaError(f"{source}: there is no such video; check the path")
    try:
        clip = open_clip(source)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"{source}: is not a video that can be read ({error}); convert it to MP4") from None
    with clip, contextlib.ExitStack() as stack:
        video = pictures(clip)
        if video is None:
            raise MediaError(f"{source}: holds no pictures that FFmpeg can decode; convert it to MP4")
        video.thread_type = "AUTO"
        sound = next(
            (stream for stream in clip.streams.audio if is_readable(stream) and stream.codec_context.name in _SOUNDS),
            None,
        )

        def begin(frame: av.VideoFrame) -> ClipWriter:
            if frame.width * frame.height > LARGEST_PIXELS:
                raise MediaError(f"{source}: has frames of {frame.width}×{frame.height}; scale it down to 4K or less")
            size = frames.begin(frame, pixel_aspect(video))
            return stack.enter_context(ClipWriter(target, size, _rate(video), sound))

        done = _paint(clip, (video, sound), begin, frames, progress)
    if not done:
        raise MediaError(f"{source}: breaks off before its first picture; copy it again, or convert it to MP4")
    return done


def _paint(
    clip: InputContainer,
    streams: tuple[VideoStream, AudioStream | None],
    begin: Callable[[av.VideoFrame], ClipWriter],
    painted: ClipFrames,
    progress: Progress,
) -> int:
    video, sound = streams
    # Some recorders count time from midnight. A clip recorded at five o'clock would begin with five empty hours.
    start = Fraction(clip.start_time or 0, av.time_base)
    total, done = _total(video), 0
    output: ClipWriter | None = None
    early: list[Packet[Any]] = []
    for packet in _packets(clip, video, sound):
        if packet.stream is not video:
            # An MP4 needs the size of the video before its first packet; sound that comes before the first frame waits.
            if output is None:
                early.append(packet)
            else:
                output.add_sound(packet, start)
            continue
        for frame in _frames(packet):
            if output is None:
                output = begin(frame)
                for waiting in early:
                    output.add_sound(waiting, start)
            output.add(painted.paint(frame), _moment(frame, start))
            done += 1
            progress(done, max(total, done) if total else 0)
    return done


def _packets(clip: InputContainer, video: VideoStream, sound: AudioStream | None) -> "Iterator[Packet[Any]]":
    """Yield packets up to the end of the file, or up to the first one that cannot be read."""
    with contextlib.suppress(av.FFmpegError):
        yield from clip.demux([video, sound] if sound else [video])


def _frames(packet: "Packet[Any]") -> Iterator[av.VideoFrame]:
    """Yield the frames in a packet, up to the first that cannot be decoded."""
    with contextlib.suppress(av.FFmpegError):
        yield from packet.decode()


def _rate(video: VideoStream) -> Fraction:
    rate = video.average_rate or video.guessed_rate or Fraction(25)
    return min(max(Fraction(rate), Fraction(1)), Fraction(240))


def _total(video: VideoStream) -> int:
    if video.frames:
        return video.frames
    return round(video.duration * video.time_base * _rate(video)) if video.duration and video.time_base else 0


def _moment(frame: av.VideoFrame, start: Fraction) -> Fraction | None:
    """Seconds from the start of the clip; None if the frame has no time stamp."""
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base - start
