"""Opening a video file that somebody else chose."""

from pathlib import Path

import av
from av.container import InputContainer


def open_clip(path: Path) -> InputContainer:
    """Open a video file for reading, and nothing but a file.

    A playlist is a video file too: without the whitelist, one could name any address on the network.

    Raises:
        av.FFmpegError, OSError, ValueError: FFmpeg cannot read it.
    """
    return av.open(f"file:{path}", options={"protocol_whitelist": "file"})
