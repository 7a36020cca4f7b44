import pytest

from installation.camera.modes import mode
from installation.network.sizes import class_size
from installation.settings import CameraSettings

WALL = 16 / 9


@pytest.mark.parametrize(
    ("size", "asked"),
    [
        (class_size(256, WALL), (640, 360)),
        (class_size(512, WALL), (640, 360)),
        (class_size(768, WALL), (1280, 720)),
        (class_size(1024, WALL), (1280, 720)),
        (class_size(256, 1.0), (640, 360)),
        (class_size(512, 1.0), (640, 480)),
        (class_size(512, 1 / WALL), (1280, 720)),
        ((2000, 2000), (1920, 1080)),
    ],
)
def test_the_cheapest_that_fills_the_picture(size, asked):
    assert mode(CameraSettings(), size) == asked


def test_what_is_set_is_asked():
    assert mode(CameraSettings(width=800, height=600), (192, 336)) == (800, 600)


def test_one_edge_goes_with_the_other():
    assert mode(CameraSettings(width=1280), (288, 512)) == (1280, 720)
    assert mode(CameraSettings(height=720), (288, 512)) == (1280, 720)
