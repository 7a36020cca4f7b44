"""The Raspberry Pi camera, through picamera2: the Pi's image processor crops and scales, the CPU only copies."""

import importlib
import logging
import time
from typing import Any

import numpy as np

from installation.camera.base import Buffers
from installation.camera.bounded import Bounded
from installation.errors import CameraError, CameraMissing, CameraTimeout
from installation.frame import Frame, PictureSize, Pixels, edges
from installation.settings import CameraSettings

_FORMAT = "BGR888"
"""The format is named by the order in a little-endian word: in memory, and in NumPy, the bytes are R, G, B."""
_BUFFERS = 3
_OPEN_TIMEOUT = 15.0
_CLOSE_TIMEOUT = 2.0
_GRACE = 0.5
"""Seconds that picamera2 gets beyond its own time-out."""
_EMBEDDED = "picamera2 needs the apt package and a virtual environment made with --system-site-packages"


class PiCamera:
    """The first camera on the Pi's own connector.

    picamera2 itself waits without a limit, and after a camera time-out its ``close`` may not return. So all calls run
    in a thread that can be abandoned.
    """

    def __init__(self, settings: CameraSettings, size: int | PictureSize) -> None:
        self.name = "picamera"
        self._settings = settings
        self._size = edges(size)
        self._buffers = Buffers(size)
        self._worker: Bounded | None = None
        self._abandoned: list[Bounded] = []
        self._camera: Any = None
        self._sequence = 0

    @property
    def hung(self) -> bool:
        """Whether a driver was left behind and has not returned."""
        return any(worker.hung for worker in self._abandoned)

    def open(self) -> None:
        """Start the camera.

        Raises:
            CameraMissing: picamera2 is not installed, or no camera is connected.
            CameraError: the camera does not start.
        """
        self.close()
        self._sequence = 0
        self._worker = worker = Bounded("picamera")
        problem = "the Pi camera does not start; check the ribbon cable with 'rpicam-hello'"
        try:
            worker.call(self._start, _OPEN_TIMEOUT, problem)
        except BaseException:
            self.close()
            raise

    def read(self) -> Frame:
        """Return the next frame."""
        worker = self._worker
        if worker is None:
            raise CameraError("the Pi camera is not open")
        pixels = self._buffers.next()
        timeout = self._settings.timeout
        problem = f"{self.name} gave no frame for {timeout:g} s; check the ribbon cable"
        camera = self._camera
        try:
            captured = worker.call(lambda: _fetch(camera, pixels, timeout), timeout + _GRACE, problem)
        except CameraError:
            raise
        except TimeoutError:
            raise CameraTimeout(problem) from None
        except Exception as error:  # picamera2 and libcamera raise whatever comes
            raise CameraError(f"{self.name} failed ({error}); check the ribbon cable with 'rpicam-hello'") from error
        self._sequence += 1
        return Frame(pixels, captured, self._sequence - 1)

    def resize(self, size: PictureSize) -> None:
        """Let the image processor scale to another size; no frames come for a moment."""
        self._size, self._buffers = size, Buffers(size)
        if self._worker is None:
            return
        problem = f"{self.name} does not take another picture size; check the ribbon cable"
        try:
            self._worker.call(self._reconfigure, _OPEN_TIMEOUT, problem)
        except CameraError:
            raise
        except Exception as error:  # picamera2 and libcamera raise whatever comes
            raise CameraError(f"{self.name} does not take another picture size ({error}); it is opened anew") from error

    def close(self) -> None:
        """Stop the camera; a driver that hangs is abandoned."""
        worker, self._worker = self._worker, None
        if worker is not None and not worker.finish(self._stop, _CLOSE_TIMEOUT):
            self._abandoned.append(worker)
            # The abandoned thread may still write into these if the driver returns.
            self._buffers = Buffers(self._size)

    def _start(self) -> None:
        library = _library()
        cameras = [camera for camera in library.global_camera_info() if not _is_usb(camera)]
        if not cameras:
            raise CameraMissing("no Pi camera is found; switch the Pi off and seat the ribbon cable at both ends")
        try:
            # The constructor takes the camera, and keeps it where it fails after that: so there is one to close.
            self._camera = camera = library.__new__(library)
            camera.__init__(cameras[0].get("Num", 0))
            self.name = f"picamera ({cameras[0].get('Model', 'unknown')})"
            self._begin(camera)
        except Exception as error:  # picamera2 and libcamera raise whatever comes
            raise CameraError(
                f"the Pi camera does not start ({_cause(error)}); is another program using it?"
            ) from error
        given = camera.camera_configuration()["main"]
        if tuple(given["size"]) != self._size[::-1] or given["format"] != _FORMAT:
            raise CameraError(f"the Pi camera gives {given['size']} {given['format']}; choose another network.size")

    def _reconfigure(self) -> None:
        self._camera.stop()
        self._begin(self._camera)

    def _begin(self, camera: Any) -> None:
        camera.configure(self._configuration(camera))
        camera.start()
        # The crop can be set once the sensor mode is known.
        height, width = self._size
        if crop := _centred(camera.camera_controls.get("ScalerCrop"), width / height):
            camera.set_controls({"ScalerCrop": crop})

    def _configuration(self, camera: Any) -> Any:
        # By default libcamera takes the sensor mode nearest to this small size. On most sensors that is a crop of
        # the middle: a visitor three metres away would fill the mirror. Half the sensor's own size is the mode that
        # bins 2×2 pixels and keeps the whole field of view.
        wide, high = camera.camera_properties.get("PixelArraySize", (0, 0))
        raw = {"raw": {"size": (wide // 2, high // 2)}} if wide and high else {}
        # Cameras of other makers keep their own pace, and picamera2 refuses what they do not offer.
        rate = {"FrameRate": self._settings.fps} if "FrameDurationLimits" in camera.camera_controls else {}
        return camera.create_video_configuration(
            main={"size": self._size[::-1], "format": _FORMAT},
            controls=rate,
            buffer_count=_BUFFERS,
            **raw,
        )

    def _stop(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            # close() stops the camera too; stop() alone would wait for frames that no longer come.
            camera.close()


def _cause(error: BaseException) -> BaseException:
    """The first of the errors that led to this one: picamera2 says only that its constructor did not complete."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _library() -> Any:
    # What it logs at every attempt is in the errors that are raised here.
    logging.getLogger("picamera2").setLevel(logging.CRITICAL)
    try:
        return importlib.import_module("picamera2").Picamera2
    except ModuleNotFoundError:
        raise CameraMissing(f"picamera2 is not installed: apt install python3-picamera2; {_EMBEDDED}") from None
    except Exception as error:  # libraries built for another numpy raise ValueError, missing firmware RuntimeError
        raise CameraMissing(
            f"picamera2 does not load ({error}); {_EMBEDDED}, and a numpy below 2 on Bookworm"
        ) from error


def _is_usb(camera: dict[str, Any]) -> bool:
    """Return whether libcamera lists it as a USB webcam; those are read through V4L2."""
    return "usb" in str(camera.get("Id", "")).lower()


def _centred(limits: Any, aspect: float) -> tuple[int, int, int, int] | None:
    """Return the largest part of the sensor's middle whose width is ``aspect`` times its height.

    That is left, top, width and height, in the sensor's pixels.
    """
    if limits is None:
        return None
    left, top, width, height = limits[1]
    wide, high = min(width, round(height * aspect)), min(height, round(width / aspect))
    return left + (width - wide) // 2, top + (height - high) // 2, wide, high


def _fetch(camera: Any, out: Pixels, timeout: float) -> float:
    """Copy the next frame into ``out`` and return the moment of its capture."""
    request = camera.capture_request(wait=timeout)
    try:
        captured = time.monotonic()
        # Rows may be padded; make_array takes the padding away.
        np.copyto(out, request.make_array("main"))
        return captured
    finally:
        request.release()
