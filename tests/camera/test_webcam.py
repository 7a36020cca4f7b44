"""Webcams without a webcam: a clip stands in for the device, opened as the driver would be asked to."""

import errno
import threading
import time
from typing import Any

import av
import pytest

from installation.camera.v4l2 import Device
from installation.camera.webcam import Webcam
from installation.errors import CameraError, CameraMissing, CameraTimeout
from installation.settings import CameraSettings
from tests.fakes import Fake

SETTINGS = CameraSettings(timeout=0.3)
DEADLINE = 10.0


class Driver:
    """Opens a clip in place of ``/dev/videoN``; refuses formats and fails as told."""

    def __init__(self, clip, accepts=lambda options: True, error=None) -> None:
        self.clip = clip
        self.accepts = accepts
        self.error = error
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.containers: list[Any] = []

    def __call__(self, path, *, format, container_options):
        """As PyAV's, whose ``options`` would reach the decoder too, which then overrules the driver's size."""
        options = container_options
        assert format == "v4l2"
        self.asked.append(options)
        self.paths.append(path)
        if self.error is not None:
            raise self.error
        if not self.accepts(options):
            raise OSError(errno.EINVAL, "Invalid argument")
        self.containers.append(av.open(str(self.clip)))
        return self.containers[-1]


class Container(Fake):
    """A device whose frames come from a function."""

    def __init__(self, frames) -> None:
        self.frames = frames
        self.closed = threading.Event()

    def decode(self, video):
        return self.frames()

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def mjpeg(make_clip):
    return make_clip(160, 120, frames=5, name="cam.mkv", codec="mjpeg", pixel_format="yuvj420p")


@pytest.fixture
def picture(mjpeg):
    with av.open(str(mjpeg)) as container:
        return next(container.decode(video=0))


def test_frames(mjpeg):
    camera = Webcam(3, SETTINGS, 64, opener=Driver(mjpeg))
    camera.open()
    frame = camera.read()
    assert frame.sequence == 0
    assert frame.pixels.shape == (64, 64, 3)
    assert frame.pixels[32, 4, 0] > 150
    assert frame.pixels[32, 60, 2] > 150
    assert camera.read().sequence == 1
    camera.close()
    camera.close()
    with pytest.raises(CameraError, match="not open"):
        camera.read()


def test_raw_yuyv(make_clip):
    clip = make_clip(161, 121, frames=3, codec="ffv1", pixel_format="yuv422p")
    camera = Webcam(0, SETTINGS, 32, opener=Driver(clip))
    camera.open()
    assert camera.read().pixels[16, 2, 0] > 150
    camera.close()


@pytest.mark.parametrize(
    ("width", "height", "first"), [(640, 480, "yuyv422"), (1280, 720, "mjpeg"), (1920, 1080, "mjpeg")]
)
def test_asks_for_the_format_that_fits_the_bus(mjpeg, width, height, first):
    driver = Driver(mjpeg)
    Webcam(0, CameraSettings(width=width, height=height, fps=25), 64, opener=driver).open()
    assert driver.asked == [{"input_format": first, "video_size": f"{width}x{height}", "framerate": "25"}]


def test_asks_for_what_the_picture_needs_and_scales_to_another_without_a_pause(mjpeg):
    driver = Driver(mjpeg)
    camera = Webcam(0, CameraSettings(), (384, 688), opener=driver)
    camera.open()
    assert driver.asked[0]["video_size"] == "640x360"
    assert camera.read().pixels.shape == (384, 688, 3)
    camera.resize((192, 336))
    assert camera.read().pixels.shape == (192, 336, 3)
    assert len(driver.asked) == 1, "the device stays open"
    camera.close()


def test_takes_what_the_driver_has(mjpeg):
    driver = Driver(mjpeg, accepts=lambda options: not options)
    Webcam(0, SETTINGS, 64, opener=driver).open()
    assert len(driver.asked) == 5
    assert driver.asked[1]["input_format"] == "mjpeg"
    with pytest.raises(CameraError, match="no picture format"):
        Webcam(0, SETTINGS, 64, opener=Driver(mjpeg, accepts=lambda options: False)).open()


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ENOENT, CameraMissing, "no such webcam"),
        (errno.EACCES, CameraMissing, "group 'video'"),
        (errno.EBUSY, CameraError, "another program"),
        (errno.ENODEV, CameraError, "unplugged"),
        (errno.EIO, CameraError, "plug it in again"),
    ],
)
def test_faults_at_opening_name_their_cure(mjpeg, number, kind, words):
    camera = Webcam(0, SETTINGS, 64, opener=Driver(mjpeg, error=OSError(number, "x")))
    with pytest.raises(kind, match=words):
        camera.open()


def test_real_ffmpeg_tells_what_is_missing():
    with pytest.raises(CameraMissing, match="/dev/video999"):
        Webcam(999, SETTINGS, 64).open()


def test_unplugged_while_reading(mjpeg, picture):
    def frames():
        yield picture
        raise OSError(errno.ENODEV, "No such device")

    container = Container(frames)
    camera = Webcam(0, SETTINGS, 64, opener=lambda *_, **__: container)
    camera.open()
    with pytest.raises(CameraError, match="unplugged"):
        camera.read()
    camera.close()
    assert container.closed.is_set()
    assert not camera.hung


def test_torn_frames_are_passed_over(picture):
    generators = []

    def frames():
        """As PyAV's: over once it has raised. Every other one raises at once."""
        generators.append(1)
        if len(generators) % 2 == 0:
            yield picture
        raise av.error.InvalidDataError(errno.EINVAL, "Invalid data found when processing input")

    camera = Webcam(0, SETTINGS, 64, opener=lambda *_, **__: Container(frames))
    camera.open()
    assert [camera.read().sequence for _ in range(4)] == [0, 1, 2, 3]
    camera.close()


def test_broken_frames_only(picture):
    def frames():
        raise av.error.InvalidDataError(errno.EINVAL, "Invalid data found when processing input")
        yield

    with pytest.raises(CameraError, match="broken pictures"):
        Webcam(0, SETTINGS, 64, opener=lambda *_, **__: Container(frames)).open()


def test_silence_times_out_and_the_driver_is_left_behind(picture):
    release = threading.Event()

    def frames():
        yield picture
        release.wait(DEADLINE)
        yield picture

    container = Container(frames)
    camera = Webcam(0, SETTINGS, 64, opener=lambda *_, **__: container)
    camera.open()
    start = time.monotonic()
    with pytest.raises(CameraTimeout, match="no frame"):
        camera.read()
    camera.close()
    assert time.monotonic() - start < 5
    assert camera.hung
    release.set()
    assert container.closed.wait(DEADLINE), "the device is let go once the driver wakes"
    end = time.monotonic() + DEADLINE
    while camera.hung:
        assert time.monotonic() < end, "it can be used again"
        time.sleep(0.005)


def test_the_first_webcam_that_works_is_taken(mjpeg):
    class Choosy(Driver):
        def __call__(self, path, **options):
            self.error = None if path == "/dev/video4" else OSError(errno.EBUSY, "busy")
            return super().__call__(path, **options)

    driver = Choosy(mjpeg)
    devices = [Device(0, "Busy cam", "uvcvideo"), Device(4, "Good cam", "uvcvideo")]
    camera = Webcam(None, SETTINGS, 64, opener=driver, devices=lambda: devices)
    camera.open()
    assert camera.name == "webcam 4 (Good cam)"
    assert driver.paths[0] == "/dev/video0"
    camera.close()
    busy = Driver(mjpeg, error=OSError(errno.EBUSY, "busy"))
    with pytest.raises(CameraError, match="another program"):
        Webcam(None, SETTINGS, 64, opener=busy, devices=lambda: devices).open()


def test_no_webcam_at_all(mjpeg):
    with pytest.raises(CameraMissing, match="plug one in"):
        Webcam(None, SETTINGS, 64, opener=Driver(mjpeg), devices=list).open()
