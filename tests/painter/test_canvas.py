from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from installation.frame import Pixels
from installation.network.canvas import DEVIATION, CanvasLayout, plain_canvas
from installation.network.probe import sample_picture
from installation.painter.canvas import StrokeCanvas

LAYOUT = CanvasLayout(4, 28)


def stripes(height: int, width: int, degrees: float) -> Pixels:
    """Soft lines that run in a direction, counted from the horizontal, clockwise as rows go down."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = np.deg2rad(degrees)
    wave = np.sin((y * np.cos(turn) - x * np.sin(turn)) / 6)
    return np.repeat((127 + 90 * wave).astype(np.uint8)[..., None], 3, 2)


def main_direction(values: NDArray[np.int8]) -> float:
    """The direction along which a canvas changes least, in degrees 0…180."""
    channel = values[..., 1].astype(np.float32)
    x, y = cv2.Sobel(channel, cv2.CV_32F, 1, 0), cv2.Sobel(channel, cv2.CV_32F, 0, 1)
    across = 0.5 * np.arctan2(2 * (x * y).sum(), (x * x - y * y).sum())
    return float(np.rad2deg(across) + 90) % 180


@pytest.mark.parametrize("degrees", [0, 30, 75, 120])
def test_strokes_run_along_the_form(degrees: float) -> None:
    values = StrokeCanvas(256, 384, LAYOUT).lay(stripes(256, 384, degrees)).strokes[8:-20, 8:-20]
    away = abs(main_direction(values) - degrees)
    assert min(away, 180 - away) < 12


def test_on_a_plain_wall_it_is_as_lively_as_the_field() -> None:
    values = StrokeCanvas(384, 688, LAYOUT).lay(np.full((384, 688, 3), 128, np.uint8)).strokes
    assert values.shape == LAYOUT.shape(384, 688)
    assert values.astype(float).std((0, 1)) == pytest.approx([DEVIATION, DEVIATION], rel=0.2)


def test_strokes_leave_room_for_detail() -> None:
    photo = np.full((384, 688, 3), 128, np.uint8)
    photo[:, 400:] = stripes(384, 288, 30)
    values = StrokeCanvas(384, 688, LAYOUT).lay(photo).strokes.astype(float)
    plain, detailed = values[8:-20, 8:90].std(), values[8:-20, 130:-20].std()
    assert detailed < 0.5 * plain
    assert detailed > 2, "they don't vanish"


def test_without_directions_it_is_the_field() -> None:
    canvas = StrokeCanvas(512, 512, LAYOUT, directed=False)
    assert (
        np.abs(canvas.lay(sample_picture(512, 512)).strokes.astype(int) - plain_canvas(512, 512, LAYOUT).strokes).max()
        <= 1
    )


def test_noise_does_not_make_strokes_twitch() -> None:
    canvas = StrokeCanvas(384, 688, LAYOUT, moving=True)
    random, photo = np.random.default_rng(1), sample_picture(384, 688)
    laid = []
    for _ in range(12):
        noisy = np.clip(photo + random.normal(0, 4, photo.shape), 0, 255).astype(np.uint8)
        laid.append(canvas.lay(noisy).strokes.astype(np.float32).copy())
    change = np.abs(laid[-1] - laid[-2])
    assert change.mean() < 3, "of a deviation of 55"


@pytest.mark.parametrize("size", [(192, 352), (768, 1376)])
def test_marks_are_as_large_on_the_wall_at_every_class(size: tuple[int, int]) -> None:
    photo = stripes(384, 688, 20)
    reference = StrokeCanvas(384, 688, LAYOUT).lay(photo).strokes[8:-20, 8:-20, 0].astype(np.float32)
    scaled = cv2.resize(photo, size[::-1], interpolation=cv2.INTER_AREA).astype(np.uint8)
    other = StrokeCanvas(*size, LAYOUT).lay(scaled).strokes[8:-20, 8:-20, 0].astype(np.float32)
    ratio = wavelength(other) / other.shape[1] / (wavelength(reference) / reference.shape[1])
    assert 0.75 < ratio < 1.25


def wavelength(values: NDArray[np.float32]) -> float:
    """Typical width of a mark in positions: deviation of the values beside that of their slope."""
    return float(values.std() / np.diff(values, axis=0).std())


def blurred(random: np.random.Generator, height: int, width: int) -> Pixels:
    """Soft blobs of full contrast."""
    soft = cv2.GaussianBlur(random.normal(0, 1, (height, width, 3)), (0, 0), 5)
    return np.clip(128 + 45 * soft / soft.std(), 0, 255).astype(np.uint8)


def test_strokes_travel_with_what_moves_and_rest_with_what_rests() -> None:
    random = np.random.default_rng(2)
    background, visitor = blurred(random, 384, 688), blurred(random, 200, 160)
    canvas = StrokeCanvas(384, 688, LAYOUT, moving=True, directed=False)
    laid = []
    for step in range(12):
        frame = background.copy()
        frame[100:300, 100 + 8 * step : 260 + 8 * step] = visitor
        laid.append(canvas.lay(frame).strokes.astype(np.float32).copy())

    def inside(values: NDArray[np.float32], step: int) -> NDArray[np.float32]:
        """The middle of the visitor, two positions a step further each time."""
        left = 8 + 25 + 2 * step + 12
        return values[8 + 25 + 15 : 8 + 75 - 15, left : left + 16]

    travelled = np.abs(inside(laid[11], 11) - inside(laid[5], 5)).mean()
    stayed = np.abs(inside(laid[11], 11) - inside(laid[5], 11)).mean()
    assert travelled < 0.5 * stayed
    assert np.abs(laid[11][8:24, 8:24] - laid[0][8:24, 8:24]).max() <= 2


def test_laying_allocates_next_to_nothing() -> None:
    import tracemalloc

    canvas, photo = StrokeCanvas(384, 688, replace(LAYOUT, bristles=True)), sample_picture(384, 688)
    canvas.lay(photo)
    tracemalloc.start()
    try:
        canvas.lay(photo)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40_000, "numpy's own buffer for a conversion has 32,768 bytes, a canvas 49,600"
