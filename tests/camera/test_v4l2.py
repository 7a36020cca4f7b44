import os

import pytest

from installation.camera import v4l2


@pytest.fixture
def sysfs(tmp_path):
    for number, name in (
        (0, "HD Pro C920\n"),
        (1, "HD Pro C920\n"),
        (10, "bcm2835-codec"),
        (3, "unicam-image"),
        (2, "Cam"),
    ):
        (tmp_path / f"video{number}").mkdir()
        (tmp_path / f"video{number}" / "name").write_text(name)
    (tmp_path / "v4l-subdev0").mkdir()
    return tmp_path


def test_only_devices_that_give_pictures_count(sysfs):
    answers = {
        "/dev/video0": ("uvcvideo", True),
        "/dev/video1": ("uvcvideo", False),  # metadata
        "/dev/video2": None,  # may not be opened
        "/dev/video3": ("unicam", True),
        "/dev/video10": ("bcm2835-codec", True),
    }
    assert v4l2.webcams(sysfs, answers.get) == [v4l2.Device(0, "HD Pro C920", "uvcvideo")]


def test_in_order_of_their_numbers(sysfs):
    devices = v4l2.webcams(sysfs, lambda path: ("uvcvideo", True))
    assert [device.number for device in devices] == [0, 1, 2, 3, 10]
    assert devices[4].path == "/dev/video10"


def test_no_devices_at_all(tmp_path):
    assert v4l2.webcams(tmp_path / "none") == []


def test_a_device_without_a_name(tmp_path):
    assert v4l2.name_of(7, tmp_path) == ""


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="no /dev/null to ask")  # noqa: PTH110
def test_what_is_no_video_device_has_no_capability():
    assert v4l2.capability("/dev/null") is None
    assert v4l2.capability("/dev/video-none") is None
