"""A V4L2 webcam as a camera, through PyAV."""

import errno
import time
from collections.abc import Callable, Iterator
from typing import Any

import av
import av.error
from av.container import InputContainer

from installation.camera import v4l2
from installation.camera.base import Buffers
from installation.camera.bounded import Bounded
from installation.camera.modes import mode
from installation.camera.scaler import Scaler
from installation.errors import CameraError, CameraMissing, CameraTimeout
from installation.frame import Frame, PictureSize
from installation.settings import CameraSettings

_OPEN_TIMEOUT = 10.0
_CLOSE_TIMEOUT = 1.0
_MOST_TORN = 30
"""Broken frames in a row after which the camera is opened again."""
_RAW_UP_TO = 640 * 480
"""Up to this many pixels raw YUYV fits through USB 2 at 30 frames a second; it needs no JPEG decoding."""


class Webcam:
    """The webcam ``/dev/videoN``, or with ``number`` None the first that gives a picture.

    When a camera dies, its driver waits for frames for ever and ignores FFmpeg's time-out. So all calls run in a thread
    that can be abandoned.
    """

    def __init__(
        self,
        number: int | None,
        settings: CameraSettings,
        size: int | PictureSize,
        *,
        opener: Callable[..., InputContainer] = av.open,
        devices: Callable[[], list[v4l2.Device]] = v4l2.webcams,
    ) -> None:
        self.name = "webcam" if number is None else f"webcam {number}"
        self._number = number
        self._settings = settings
        self._opener = opener
        self._devices = devices
        self._scaler = Scaler(size)
        self._buffers = Buffers(size)
        self._worker: Bounded | None = None
        self._abandoned: list[Bounded] = []
        self._source = _Source()
        self._sequence = 0

    @property
    def hung(self) -> bool:
        """Whether a driver was left behind and has not returned."""
        return any(worker.hung for worker in self._abandoned)

    def open(self) -> None:
        """Open the device and wait for its first frame.

        Raises:
            CameraMissing: there is no such device, or no webcam at all.
            CameraError: it is busy, may not be used, or gives no frame.
        """
        self.close()
        self._sequence = 0
        if self._number is not None:
            self._try(v4l2.Device(self._number, v4l2.name_of(self._number), ""))
            return
        devices = self._devices()
        if not devices:
            raise CameraMissing(
                "no webcam is connected, or none may be used; plug one in, add this user to the group 'video', "
                "or choose another source such as --camera synthetic"
            )
        problems = []
        for device in devices:
            try:
                self._try(device)
            except CameraError as error:
                problems.append(error)
            else:
                return
        raise problems[0]

    def read(self) -> Frame:
        """Return the next frame."""
        worker = self._worker
        if worker is None:
            raise CameraError(f"{self.name} is not open")
        source, scaler, pixels = self._source, self._scaler, self._buffers.next()
        worker.call(lambda: scaler.scale(source.next(), pixels), self._settings.timeout, self._silence())
        self._sequence += 1
        return Frame(pixels, time.monotonic(), self._sequence - 1, scaler.seconds)

    def resize(self, size: PictureSize) -> None:
        """Scale to another size; the device keeps its own size, so that no frame is lost."""
        self._scaler, self._buffers = Scaler(size), Buffers(size)

    def close(self) -> None:
        """Close the device; a driver that hangs is abandoned."""
        worker, self._worker = self._worker, None
        if worker is not None and not worker.finish(self._source.close, _CLOSE_TIMEOUT):
            self._abandoned.append(worker)
            # The abandoned thread may still write into these if the driver returns.
            self._buffers = Buffers(self._buffers.size)
            self._scaler = Scaler(self._buffers.size)

    def _try(self, device: v4l2.Device) -> None:
        self.name = f"webcam {device.number}" + (f" ({device.name})" if device.name else "")
        self._source = source = _Source()
        self._worker = worker = Bounded(self.name)
        pixels = self._buffers.next()

        def first_frame() -> None:
            source.open(self._opener, device.path, self._settings, mode(self._settings, self._buffers.size))
            self._scaler.scale(source.next(), pixels)

        try:
            worker.call(first_frame, max(_OPEN_TIMEOUT, self._settings.timeout), self._silence())
        except BaseException:
            self.close()
            raise

    def _silence(self) -> str:
        return f"{self.name} gave no frame for {self._settings.timeout:g} s; check its cable, or plug it in again"


class _Source:
    """The open device; used by the worker's thread only."""

    def __init__(self) -> None:
        self._container: InputContainer | None = None
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._path = ""

    def open(
        self, opener: Callable[..., InputContainer], path: str, settings: CameraSettings, asked: tuple[int, int]
    ) -> None:
        self._path = path
        refusal: Exception | None = None
        for options in _attempts(asked, settings.fps):
            try:
                # For the device only: a decoder that got them too would insist on a size that the driver did not take.
                self._container = opener(path, format="v4l2", container_options=options)
            except (OSError, av.FFmpegError, ValueError) as error:
                if getattr(error, "errno", None) not in (errno.EINVAL, errno.ENOTTY, None):
                    raise _camera_error(path, error) from None
                refusal = error
                continue
            self._frames = self._container.decode(video=0)
            return
        raise CameraError(f"{path} takes no picture format that is known here ({refusal}); try another webcam")

    def next(self) -> av.VideoFrame:
        for _ in range(_MOST_TORN):
            try:
                return next(self._frames)
            except av.error.InvalidDataError:
                # A torn MJPEG frame, as a busy USB bus causes. The generator has ended; the device still works.
                if self._container is None:
                    raise CameraError(f"{self._path} is not open") from None
                self._frames = self._container.decode(video=0)
            except (OSError, av.FFmpegError) as error:
                raise _camera_error(self._path, error) from None
            except StopIteration:
                raise CameraError(f"{self._path} ended; was it unplugged? Plug it in again") from None
        raise CameraError(f"{self._path} gives broken pictures only; check its cable or take a shorter one")

    def close(self) -> None:
        container, self._container = self._container, None
        self._frames = iter(())
        if container is not None:
            container.close()


def _attempts(asked: tuple[int, int], fps: float) -> list[dict[str, str]]:
    """Return the formats to request, best first; a driver refuses those that it lacks."""
    width, height = asked
    size = {"video_size": f"{width}x{height}", "framerate": f"{fps:g}"}
    formats = ["yuyv422", "mjpeg"] if width * height <= _RAW_UP_TO else ["mjpeg", "yuyv422"]
    attempts: list[dict[str, str]] = [{**size, "input_format": name} for name in formats]
    return [*attempts, size, {"video_size": "640x480"}, {}]


def _camera_error(path: str, error: Any) -> CameraError:
    match error.errno:
        case errno.ENOENT | errno.ENXIO:
            return CameraMissing(f"{path}: there is no such webcam; plug it in, or choose another number")
        case errno.ENODEV:
            return CameraError(f"{path} was unplugged; plug it in again")
        case errno.EACCES | errno.EPERM:
            return CameraMissing(f"{path} may not be used; add this user to the group 'video'")
        case errno.EBUSY:
            return CameraError(f"{path} is in use by another program; close that one")
        case errno.EAGAIN | errno.ETIMEDOUT:
            return CameraTimeout(f"{path} gave no frame; check its cable, or plug it in again")
    return CameraError(f"{path} failed ({error.strerror or error}); plug it in again")
