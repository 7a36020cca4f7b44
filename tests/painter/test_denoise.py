import time

import numpy as np
import pytest

from installation.camera.synthetic import SyntheticCamera
from installation.painter.denoise import Denoiser


def noisy(clean: np.ndarray, sigma: float, generator: np.random.Generator) -> np.ndarray:
    return np.clip(clean + generator.normal(0, sigma, clean.shape).round(), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("sigma", [1, 2, 4, 8])
def test_static_noise_flickers_a_fraction(sigma):
    generator = np.random.default_rng(7)
    clean = np.empty((256, 256, 3), np.uint8)
    SyntheticCamera(256).draw(0, 0, clean)
    denoiser = Denoiser(256, 0.6)
    before, after = [], []
    last = None
    for number in range(40):
        frame = noisy(clean, sigma, generator)
        filtered = denoiser.apply(frame).copy()
        if last is not None and number > 15:
            before.append(np.abs(frame.astype(int) - last[0]).mean())
            after.append(np.abs(filtered.astype(int) - last[1]).mean())
        last = frame, filtered
    assert np.mean(before) / np.mean(after) >= 2.5
    assert np.abs(filtered.astype(int) - clean).mean() < 0.6 * np.abs(frame.astype(int) - clean).mean()


@pytest.mark.parametrize("sigma", [0, 2, 4])
def test_moving_edges_do_not_smear(sigma):
    """A bright bar crosses a dark wall: behind it, no more than noise may stay."""
    generator = np.random.default_rng(7)
    denoiser = Denoiser(128, 0.6)
    for number in range(60):
        clean = np.full((128, 128, 3), 60, np.uint8)
        left = 4 + number
        clean[:, left : left + 20] = 200
        filtered = denoiser.apply(noisy(clean, sigma, generator)).astype(int)
        if number > 20:
            near = filtered[:, left - 4 : left + 24] - clean[:, left - 4 : left + 24]
            assert np.abs(near).mean() < 1 + sigma
            assert np.abs(near.mean(axis=0)).max() < 3


def test_moving_visitor_is_as_true_as_unfiltered():
    generator = np.random.default_rng(7)
    camera = SyntheticCamera(256)
    denoiser = Denoiser(256, 0.6)
    clean, last = np.empty((256, 256, 3), np.uint8), None
    with_filter, without = [], []
    for number in range(60):
        camera.draw(number / 30, 0, clean)
        frame = noisy(clean, 4, generator)
        filtered = denoiser.apply(frame)
        if last is not None and number > 20:
            moved = np.abs(clean.astype(int) - last).max(axis=2) > 8
            if moved.any():
                with_filter.append(np.abs(filtered[moved].astype(int) - clean[moved]).mean())
                without.append(np.abs(frame[moved].astype(int) - clean[moved]).mean())
        last = clean.astype(int)
    assert len(with_filter) > 10
    assert np.mean(with_filter) < 1.1 * np.mean(without)


def test_cut_to_another_scene_shows_at_once():
    denoiser = Denoiser(64, 1.0)
    for _ in range(20):
        denoiser.apply(np.full((64, 64, 3), 30, np.uint8))
    assert np.array_equal(denoiser.apply(np.full((64, 64, 3), 220, np.uint8)), np.full((64, 64, 3), 220, np.uint8))


@pytest.mark.parametrize("amount", [0.01, 0.3, 1.0])
@pytest.mark.parametrize("level", [0, 1, 127, 254, 255])
def test_still_frames_come_through_unchanged(amount, level):
    denoiser = Denoiser(32, amount)
    frame = np.full((32, 32, 3), level, np.uint8)
    for _ in range(10):
        assert np.array_equal(denoiser.apply(frame), frame)


def test_black_and_white_in_turn_do_not_overflow():
    denoiser = Denoiser(32, 1.0)
    for number in range(20):
        frame = np.full((32, 32, 3), 255 * (number % 2), np.uint8)
        assert np.array_equal(denoiser.apply(frame), frame)


def test_a_slow_change_of_light_is_followed():
    denoiser = Denoiser(32, 1.0)
    for level in range(20, 200):
        for _ in range(2):
            filtered = denoiser.apply(np.full((32, 32, 3), level, np.uint8))
    assert abs(int(filtered[0, 0, 0]) - 199) <= 6


def test_zero_is_off():
    frame = np.zeros((32, 32, 3), np.uint8)
    assert Denoiser(32, 0.0).apply(frame) is frame


def test_output_buffer_is_reused_and_the_input_untouched():
    denoiser = Denoiser(32, 0.5)
    frame = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    kept = frame.copy()
    assert denoiser.apply(frame) is denoiser.apply(frame)
    assert np.array_equal(frame, kept)


@pytest.mark.parametrize(("size", "amount"), [(0, 0.5), (30, 0.5), (-4, 0.5), (32, -0.1), (32, 1.1)])
def test_nonsense_is_refused(size, amount):
    with pytest.raises(ValueError, match=r"size|amount"):
        Denoiser(size, amount)


def test_cost():
    """The best of many: the machine may be busy, the filter may not be slow."""
    denoiser = Denoiser(256, 0.6)
    frames = np.random.default_rng(0).integers(0, 255, (2, 256, 256, 3), dtype=np.uint8)
    best = 1.0
    for number in range(100):
        start = time.perf_counter()
        denoiser.apply(frames[number % 2])
        best = min(best, time.perf_counter() - start)
    assert best < 0.001


@pytest.mark.parametrize("size", [(64, 112), (112, 64)])
def test_frames_that_are_not_square(size):
    generator = np.random.default_rng(1)
    denoiser = Denoiser(size, 0.6)
    rest = np.full((*size, 3), 100, np.uint8)
    for _ in range(30):
        smooth = denoiser.apply(np.clip(rest + generator.normal(0, 4, rest.shape), 0, 255).astype(np.uint8))
    assert smooth.shape == (*size, 3)
    assert smooth.std() < 3


def test_another_size_keeps_what_was_learnt():
    denoiser = Denoiser(64, 0.6)
    generator = np.random.default_rng(1)
    for _ in range(40):
        denoiser.apply(generator.integers(90, 110, (64, 64, 3)).astype(np.uint8))
    assert denoiser.resized((32, 64)).noise == denoiser.noise
