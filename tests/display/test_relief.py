import time

import numpy as np
import pytest

from installation.display.relief import DEVIATION, Relief


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 480), (3840, 2160), (7, 5)])
def test_it_covers_the_screen(size):
    relief = Relief(size, 0.5)
    assert relief.light.shape == size[::-1]
    assert relief.light.dtype == np.uint8


def test_it_only_darkens_and_the_gain_makes_up_for_it():
    relief = Relief((1024, 1024), 0.5)
    assert relief.light.max() == 255
    assert relief.light.mean() / 255 * relief.gain == pytest.approx(1, abs=0.002)
    assert 1 < relief.gain < 1.06


def test_it_is_faint_and_follows_the_strength():
    faint, strong = (Relief((1024, 1024), strength).light.std() / 255 for strength in (0.3, 1.0))
    assert faint < 0.3 * DEVIATION
    assert faint < strong < DEVIATION


def test_it_is_always_the_same_and_has_no_seam():
    one = Relief((1536, 1024), 0.5).light
    assert np.array_equal(one, Relief((1536, 1024), 0.5).light)
    steps = np.abs(np.diff(one.astype(int), axis=1)).mean(0)
    assert steps[511] < 1.5 * np.median(steps), "two tiles meet there"


def test_it_is_made_while_a_screen_opens():
    start = time.monotonic()
    Relief((1920, 1080), 0.5)
    assert time.monotonic() - start < 10, "a tenth of a second on a quiet machine"
