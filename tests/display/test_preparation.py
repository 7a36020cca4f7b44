import tracemalloc

import cv2
import numpy as np
import pytest

from installation.display.preparation import Preparation

WHOLE = (0, 0, 96, 64)


@pytest.fixture
def picture():
    return np.random.default_rng(1).integers(0, 200, (64, 96, 3)).astype(np.uint8)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("mirror", [False, True])
def test_cut_flipped_and_turned_as_numpy_would(picture, rotation, mirror):
    seen = Preparation(mirror=mirror, rotation=rotation).prepared(picture, (8, 4, 80, 50))
    wanted = picture[4:54, 8:88][:, :: -1 if mirror else 1]
    assert np.array_equal(seen, np.rot90(wanted, -rotation // 90))


def test_the_gain_brightens_and_white_stays_white(picture):
    picture[0, 0] = 255
    seen = Preparation(mirror=False, gain=1.1).prepared(picture, WHOLE)
    assert (seen[0, 0] == 255).all()
    assert seen.mean() == pytest.approx(picture.mean() * 1.1, rel=0.01)


def test_sharpening_strengthens_outlines_and_leaves_plain_colour():
    edge = np.full((64, 96, 3), 100, np.uint8)
    edge[:, 48:] = 150
    sharp = Preparation(mirror=False, sharpening=0.5).prepared(edge, WHOLE).astype(int)
    assert sharp[:, :40].min() == sharp[:, :40].max() == 100
    assert sharp[:, 47].mean() < 95
    assert sharp[:, 48].mean() > 155
    assert sharp.mean() == pytest.approx(edge.mean(), abs=0.5)


def test_squares_of_two_pixels_are_softened_before_they_become_large():
    furrows = np.tile(np.kron(np.array([[90, 160], [160, 90]]), np.ones((2, 2))), (16, 24))
    furrows = np.ascontiguousarray(furrows[..., None].repeat(3, 2).astype(np.uint8))
    preparation = Preparation(mirror=False, sharpening=1.0)
    crisp, soft = (preparation.prepared(furrows, WHOLE, factor).std() for factor in (1.4, 3.0))
    assert soft < 0.7 * crisp
    assert preparation.prepared(furrows, WHOLE, 12.0).std() == pytest.approx(soft), "not softer and softer"


def test_nothing_to_do_costs_nothing(picture):
    assert np.shares_memory(Preparation(mirror=False).prepared(picture, WHOLE), picture)


def test_enlarging_keeps_more_of_fine_strokes_than_linear():
    strokes = np.tile(128 + 100 * np.sin(np.arange(96) * 2 * np.pi / 5), (64, 1))
    strokes = np.ascontiguousarray(strokes[..., None].repeat(3, 2).astype(np.uint8))
    cubic = Preparation(mirror=False).enlarged(strokes, 384, 256)
    linear = cv2.resize(strokes, (384, 256), interpolation=cv2.INTER_LINEAR)
    assert cubic.std() > 1.1 * linear.std()


def test_no_picture_is_allocated_a_frame(picture):
    preparation = Preparation(mirror=True, rotation=90, gain=1.05, sharpening=0.5)

    def frame():
        small = preparation.prepared(picture, WHOLE, 5.0)
        preparation.recoloured(preparation.enlarged(small, 128, 192), cv2.COLOR_RGB2BGRA)

    frame()
    tracemalloc.start()
    try:
        for _ in range(5):
            frame()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000, "a picture has 18,432 bytes"
