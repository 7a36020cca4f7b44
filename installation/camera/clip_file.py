"""Opens untrusted video files."""

from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream


def open_clip(path: Path) -> InputContainer:
    """Open a video file for reading, and only a file.

    FFmpeg also reads playlists: without the whitelist, one could name any address on the network.

    Raises:
        av.FFmpegError, OSError, ValueError: FFmpeg cannot read it.
    """
    return av.open(f"file:{path}", options={"protocol_whitelist": "file"})


def pictures(clip: InputContainer) -> VideoStream | None:
    """The first stream of pictures that this FFmpeg can decode; None if there is none."""
    return next((stream for stream in clip.streams.video if is_readable(stream)), None)


def is_readable(stream: Stream) -> bool:
    """Whether FFmpeg knows the stream's codec; for others PyAV has no codec context, although its types promise one."""
    return getattr(stream, "codec_context", None) is not None
