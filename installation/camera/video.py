"""A video file as a camera, through PyAV."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from installation.camera.base import Buffers
from installation.camera.clip_file import open_clip, pictures
from installation.camera.pace import Pace
from installation.camera.scaler import Scaler, pixel_aspect
from installation.errors import CameraError, CameraMissing, EndOfStream
from installation.frame import Frame, PictureSize

LATE = 0.1
"""A frame that is this many seconds late is skipped."""
MOST_SKIPPED = 5
"""Frames skipped in a row at most, so that a slow machine still shows pictures."""
SMALL = 1280 * 720
"""Up to this many pixels one thread decodes fast enough."""


class VideoCamera:
    """Plays a clip: at its own speed or, unpaced, as fast as it is read; in a loop or once.

    Rotation, odd sizes, variable frame rates and pixels that are not square are taken from the file. An incomplete file
    is played up to where it ends.
    """

    def __init__(
        self, path: Path, size: int | PictureSize, *, loop: bool = True, paced: bool = True, pace: Pace | None = None
    ) -> None:
        self.name = f"video {path.name}"
        self.hung = False
        self._path = path
        self._loop = loop
        self._paced = paced
        self._pace = pace or Pace()
        self._scaler = Scaler(size)
        self._buffers = Buffers(size)
        self._container: InputContainer | None = None
        self._stream: VideoStream | None = None
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._shown_of_round = 0
        self._sequence = 0
        self._stamp = 0.0

    def open(self) -> None:
        """Open the file and find its first video stream.

        Raises:
            CameraMissing: there is no such file, it is no video, or it may not be read.
        """
        self.close()
        if not self._path.is_file():
            raise CameraMissing(f"{self._path}: there is no such video file; check the path after 'video:'")
        if not os.access(self._path, os.R_OK):
            raise CameraMissing(f"{self._path}: may not be read; give the user of this program read permission")
        try:
            container = open_clip(self._path)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise CameraMissing(
                f"{self._path}: is not a video that FFmpeg can read ({_reason(error)}); convert it to MP4"
            ) from None
        stream = pictures(container)
        if stream is None:
            container.close()
            raise CameraMissing(f"{self._path}: holds no video stream that FFmpeg can decode; convert it to MP4")
        self._container, self._stream = container, stream
        if stream.width * stream.height <= SMALL:
            # FFmpeg's default, one thread for each core, takes five times as long for so small a clip.
            stream.thread_count = 1
        self._sequence = 0
        self._start_round()

    def read(self) -> Frame:
        """Return the next frame when it is due."""
        frame = self._next()
        if self._paced:
            for _ in range(MOST_SKIPPED):
                if self._pace.lateness(self._stamp) < LATE:
                    break
                frame = self._next()
            self._pace.wait(self._stamp)
        pixels = self._buffers.next()
        self._scaler.scale(frame, pixels, self._aspect)
        self._sequence += 1
        return Frame(pixels, time.monotonic(), self._sequence - 1, self._scaler.seconds)

    def resize(self, size: PictureSize) -> None:
        """Scale to another size."""
        self._scaler, self._buffers = Scaler(size), Buffers(size)

    def close(self) -> None:
        """Close the file."""
        container, self._container = self._container, None
        self._stream = None
        self._frames = iter(())
        if container is not None:
            container.close()

    def _start_round(self) -> None:
        if self._container is None or self._stream is None:
            raise CameraError(f"{self._path}: is not open")
        self._frames = self._container.decode(self._stream)
        self._aspect = pixel_aspect(self._stream)
        self._shown_of_round = 0
        self._pace.restart()

    def _next(self) -> av.VideoFrame:
        while True:
            frame = self._decode()
            if frame is not None:
                self._stamp = self._stamp_of(frame)
                self._shown_of_round += 1
                return frame
            if self._shown_of_round == 0:
                raise CameraMissing(f"{self._path}: holds no frame that can be decoded; choose another clip")
            if not self._loop:
                raise EndOfStream(f"{self._path}: the clip is over")
            self._rewind()

    def _decode(self) -> av.VideoFrame | None:
        """Return the next frame; None at the end, or where the rest of the file cannot be decoded."""
        try:
            return next(self._frames, None)
        except av.FFmpegError:
            # The generator ends when it raises: treat the frames before as the whole clip.
            return None

    def _rewind(self) -> None:
        try:
            if self._container is None:
                raise CameraError(f"{self._path}: is not open")
            self._container.seek(0)
            self._start_round()
        except av.FFmpegError:
            # Some files, such as a bare elementary stream, cannot be rewound: open them again.
            sequence = self._sequence
            self.open()
            self._sequence = sequence

    def _stamp_of(self, frame: av.VideoFrame) -> float:
        if frame.time is not None:
            return frame.time
        rate = self._stream.average_rate if self._stream is not None else None
        return self._stamp + 1 / float(rate or 25)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
