"""The Pi camera without a Pi: a stand-in for the picamera2 module, faithful where its users stumble."""

import sys
import threading
import time
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest

from installation.camera import picamera
from installation.camera.auto import AutoCamera
from installation.camera.picamera import PiCamera
from installation.camera.synthetic import SyntheticCamera
from installation.errors import CameraError, CameraMissing, CameraTimeout
from installation.settings import CameraSettings

SETTINGS = CameraSettings(timeout=0.3, fps=25)
DEADLINE = 10.0
RED = (200, 10, 20)


class FakeRequest:
    def __init__(self, camera: "FakePicamera2") -> None:
        self.camera = camera

    def make_array(self, name: str) -> np.ndarray:
        """As picamera2 does: the buffer with its padding, cut down to the picture."""
        config = self.camera.camera_configuration()[name]
        width, height = config["size"]
        buffer = np.full((height, config["stride"]), 255, np.uint8)
        # "BGR888" means R, G, B in memory; "RGB888" means B, G, R.
        colour = RED if config["format"] == "BGR888" else RED[::-1]
        buffer[:, : width * 3] = np.tile(np.array(colour, np.uint8), width)
        return np.asarray(buffer[:, : width * 3], order="C").reshape(height, width, 3)

    def release(self) -> None:
        self.camera.held -= 1


class FakePicamera2:
    cameras: ClassVar[list[dict[str, object]]] = [
        {"Num": 0, "Model": "imx708", "Id": "/base/soc/i2c0mux/i2c@1/imx708@1a"}
    ]
    instances: ClassVar[list["FakePicamera2"]]
    start_error: Exception | None = None
    late_error: Exception | None = None
    align = 64
    offers: ClassVar[dict[str, object]] = {
        "ScalerCrop": ((0, 0, 64, 64), (0, 0, 4608, 2592), (576, 0, 3456, 2592)),
        "FrameDurationLimits": (33333, 120000, None),
    }

    def __init__(self, number: int = 0) -> None:
        self.camera_properties = {"PixelArraySize": (4608, 2592), "Model": "imx708"}
        self.camera_controls = dict(self.offers)
        self.controls_set: dict[str, object] = {}
        self.waits: list[float] = []
        self.held = 0
        self.stops = 0
        self.silent = False
        self.fault: Exception | None = None
        self.close_blocks: threading.Event | None = None
        self.closed = False
        self.instances.append(self)
        if self.late_error is not None:
            raise RuntimeError("Camera __init__ sequence did not complete.") from self.late_error

    @classmethod
    def global_camera_info(cls):
        return cls.cameras

    def create_video_configuration(self, main, controls, buffer_count, raw=None):
        self.asked = {"main": main, "controls": controls, "buffer_count": buffer_count, "raw": raw}
        return self.asked

    def configure(self, configuration) -> None:
        main = dict(configuration["main"])
        main["stride"] = -(-main["size"][0] * 3 // self.align) * self.align
        self._configuration = {"main": main}

    def camera_configuration(self):
        return self._configuration

    def start(self) -> None:
        if self.start_error is not None:
            raise self.start_error

    def stop(self) -> None:
        self.stops += 1

    def set_controls(self, controls) -> None:
        self.controls_set.update(controls)

    def capture_request(self, wait=None):
        self.waits.append(wait)
        if self.fault is not None:
            raise self.fault
        if self.silent:
            # Without wait= the real one never returns.
            time.sleep(wait if wait is not None else DEADLINE)
            raise TimeoutError
        self.held += 1
        return FakeRequest(self)

    def close(self) -> None:
        if self.close_blocks is not None:
            self.close_blocks.wait(DEADLINE)
        self.closed = True


@pytest.fixture
def library(monkeypatch):
    """Install a fresh fake picamera2 and return its class."""
    module: Any = ModuleType("picamera2")
    fake = type("Picamera2", (FakePicamera2,), {"instances": []})
    module.Picamera2 = fake
    monkeypatch.setitem(sys.modules, "picamera2", module)
    return fake


@pytest.mark.parametrize("size", [192, 256, 200])
def test_frames_are_rgb_without_padding(library, size):
    camera = PiCamera(SETTINGS, size)
    camera.open()
    frame = camera.read()
    assert frame.pixels.shape == (size, size, 3)
    assert frame.pixels.flags.c_contiguous
    assert (frame.pixels == RED).all()
    assert camera.read().sequence == 1
    assert library.instances[0].held == 0, "every request goes back to the camera"
    camera.close()
    assert library.instances[0].closed
    assert not camera.hung


def test_the_image_processor_crops_and_scales_the_whole_view(library):
    camera = PiCamera(SETTINGS, 256)
    camera.open()
    device = library.instances[0]
    assert device.asked["main"] == {"size": (256, 256), "format": "BGR888"}
    assert device.asked["raw"] == {"size": (2304, 1296)}
    assert device.asked["controls"] == {"FrameRate": 25}
    assert device.controls_set == {"ScalerCrop": (1008, 0, 2592, 2592)}
    assert camera.name == "picamera (imx708)"
    camera.read()
    assert device.waits == [0.3]
    camera.close()


def test_a_constructor_that_fails_late_gives_the_camera_back(library, monkeypatch):
    monkeypatch.setattr(library, "late_error", RuntimeError("Could not open any dmaHeap device"))
    camera = PiCamera(SETTINGS, 256)
    with pytest.raises(CameraError, match="Could not open any dmaHeap device"):
        camera.open()
    assert library.instances[0].closed


def test_a_camera_that_offers_no_control_is_asked_for_none(library, monkeypatch):
    monkeypatch.setattr(library, "offers", {})
    camera = PiCamera(SETTINGS, 256)
    camera.open()
    assert library.instances[0].asked["controls"] == {}
    assert library.instances[0].controls_set == {}
    assert camera.read().pixels.shape == (256, 256, 3)


def test_the_shape_of_the_screen_is_cropped_from_the_sensor(library):
    camera = PiCamera(SETTINGS, (192, 336))
    camera.open()
    assert library.instances[0].asked["main"]["size"] == (336, 192)
    assert library.instances[0].controls_set == {"ScalerCrop": (36, 0, 4536, 2592)}
    assert camera.read().pixels.shape == (192, 336, 3)
    camera.close()


def test_another_size_while_it_runs(library):
    camera = PiCamera(SETTINGS, 64)
    camera.resize((96, 64))
    camera.open()
    assert camera.read().pixels.shape == (96, 64, 3)
    camera.resize((64, 112))
    assert camera.read().pixels.shape == (64, 112, 3)
    assert len(library.instances) == 1
    assert library.instances[0].stops == 1
    library.start_error = RuntimeError("no memory")
    with pytest.raises(CameraError, match="does not take another picture size"):
        camera.resize((64, 64))
    camera.close()


def test_silence_times_out(library):
    camera = PiCamera(SETTINGS, 64)
    camera.open()
    library.instances[0].silent = True
    start = time.monotonic()
    with pytest.raises(CameraTimeout, match="ribbon cable"):
        camera.read()
    assert time.monotonic() - start < 5
    camera.close()


def test_close_that_hangs_is_left_behind(library, caplog):
    camera = PiCamera(SETTINGS, 64)
    camera.open()
    library.instances[0].close_blocks = release = threading.Event()
    start = time.monotonic()
    camera.close()
    assert time.monotonic() - start < DEADLINE / 2
    assert camera.hung
    assert "left behind" in caplog.text
    release.set()


def test_faults_while_reading_and_starting(library):
    camera = PiCamera(SETTINGS, 64)
    camera.open()
    library.instances[0].fault = RuntimeError("dequeue failed")
    with pytest.raises(CameraError, match="dequeue failed"):
        camera.read()
    camera.close()
    library.start_error = RuntimeError("in use")
    with pytest.raises(CameraError, match="another program"):
        camera.open()
    assert library.instances[-1].closed
    with pytest.raises(CameraError, match="not open"):
        camera.read()


def test_a_size_that_the_processor_rounds_is_refused(library, monkeypatch):
    monkeypatch.setattr(library, "camera_configuration", lambda self: {"main": {"size": (64, 60), "format": "BGR888"}})
    with pytest.raises(CameraError, match=r"network\.size"):
        PiCamera(SETTINGS, 64).open()


def test_missing_library_or_camera(library, monkeypatch):
    library.cameras = []
    with pytest.raises(CameraMissing, match="ribbon cable"):
        PiCamera(SETTINGS, 64).open()
    library.cameras = [{"Num": 0, "Model": "C920", "Id": "/base/scb/pcie@7d500000/usb@1-1.2:1.0-046d:082d"}]
    with pytest.raises(CameraMissing, match="ribbon cable"):
        PiCamera(SETTINGS, 64).open()  # webcams are better driven by V4L2
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(CameraMissing, match="apt install python3-picamera2"):
        PiCamera(SETTINGS, 64).open()


def test_a_library_that_does_not_load(monkeypatch, tmp_path):
    """As where simplejpeg from apt meets numpy 2 from PyPI."""
    (tmp_path / "picamera2.py").write_text("raise ValueError('numpy.dtype size changed')")
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(CameraMissing, match=r"dtype size changed.*numpy below 2"):
        PiCamera(SETTINGS, 64).open()


def test_auto_takes_the_pi_camera_first(library):
    camera = AutoCamera(SETTINGS, 64, make_webcam=lambda: SyntheticCamera(64))
    camera.open()
    assert camera.name == "picamera (imx708)"
    assert (camera.read().pixels == RED).all()
    camera.close()
    assert library.instances[0].closed


def test_auto_takes_a_webcam_where_the_pi_camera_is_broken_or_absent(library):
    library.start_error = RuntimeError("in use")
    camera = AutoCamera(SETTINGS, 64, make_webcam=lambda: SyntheticCamera(64))
    camera.open()
    assert camera.name == "synthetic, since the Pi camera does not start (in use)"
    assert camera.read().pixels.shape == (64, 64, 3)
    camera.close()
    library.cameras = []
    camera = AutoCamera(SETTINGS, 64, make_webcam=lambda: SyntheticCamera(64))
    camera.open()
    assert camera.name == "synthetic"
    camera.close()
    with pytest.raises(CameraError, match="no camera is open"):
        camera.read()


class NoWebcam(SyntheticCamera):
    def open(self) -> None:
        raise CameraMissing("no webcam is connected")


def test_auto_without_any_camera_tells_what_to_do(library):
    cameras, library.cameras = library.cameras, []
    camera = AutoCamera(SETTINGS, 64, make_webcam=lambda: NoWebcam(64))
    with pytest.raises(CameraMissing, match=r"connect a Pi camera or a webcam.*synthetic"):
        camera.open()
    library.cameras = cameras
    library.start_error = RuntimeError("in use")
    camera = AutoCamera(SETTINGS, 64, make_webcam=lambda: NoWebcam(64))
    with pytest.raises(CameraError, match="in use"):
        camera.open()


def test_auto_tells_that_the_search_for_a_pi_camera_hangs(library, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(picamera, "_OPEN_TIMEOUT", 0.1)
    monkeypatch.setattr(picamera, "_CLOSE_TIMEOUT", 0.1)
    monkeypatch.setattr(library, "global_camera_info", lambda: release.wait(DEADLINE) or [])
    camera = AutoCamera(SETTINGS, 64, make_webcam=lambda: NoWebcam(64))
    with pytest.raises(CameraError, match="does not start"):
        camera.open()
    assert camera.hung
    release.set()
