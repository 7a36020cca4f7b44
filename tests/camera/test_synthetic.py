import time

import numpy as np
import pytest

from installation.camera.synthetic import SyntheticCamera, fail_at, hang_at
from installation.errors import CameraError, CameraTimeout


def opened(size: int = 64, **options) -> SyntheticCamera:
    camera = SyntheticCamera(size, paced=False, **options)
    camera.open()
    return camera


def test_is_deterministic_and_moves():
    one, other = opened(noise=3), opened(noise=3)
    pictures = []
    for _ in range(20):
        frame = one.read()
        assert np.array_equal(frame.pixels, other.read().pixels)
        pictures.append(frame.pixels.copy())
    assert np.abs(pictures[0].astype(int) - pictures[-1]).mean() > 2


@pytest.mark.parametrize("size", [192, 256, 200, 9, 8])
def test_sizes(size):
    pixels = opened(size).read().pixels
    assert pixels.shape == (size, size, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("size", [(192, 336), (336, 192), (64, 256)])
def test_other_shapes(size):
    camera = opened()
    camera.resize(size)
    assert camera.read().pixels.shape == (*size, 3)


def test_the_visitor_is_there_all_the_time():
    camera, out = opened(), np.empty((64, 64, 3), np.uint8)
    for seconds in np.linspace(0, 60, 200):
        camera.draw(float(seconds), 0, out)
        assert np.count_nonzero((out[..., 2] > 110) & (out[..., 0] < 70)) > 200  # the blue coat


def test_noise_has_the_deviation_asked_for():
    clean, noisy = opened().read().pixels.astype(int), opened(noise=5).read().pixels
    assert np.std(noisy - clean) == pytest.approx(5, rel=0.1)


def test_paced_at_its_frame_rate():
    camera = SyntheticCamera(16, 50)
    camera.open()
    start = time.monotonic()
    for _ in range(11):
        camera.read()
    assert time.monotonic() - start > 0.19


def test_fails_on_demand_and_goes_on_after_reopening():
    camera = opened(before_read=fail_at(2, CameraTimeout("no frame")))
    camera.read()
    camera.read()
    with pytest.raises(CameraTimeout):
        camera.read()
    camera.close()
    with pytest.raises(CameraError):
        camera.read()
    camera.open()
    assert camera.read().sequence == 0


def test_hangs_on_demand():
    camera = opened(before_read=hang_at(0, 0.05))
    start = time.monotonic()
    camera.read()
    assert time.monotonic() - start > 0.04
