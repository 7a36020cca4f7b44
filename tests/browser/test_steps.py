"""The page paints what the installation paints: its steps, run in node, against the installation's own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from installation.browser.tables import LIVE, STILL, constants, sizes, tables
from installation.collection import Collection
from installation.network.tflite import NetworkFile
from installation.painter.canvas import StrokeCanvas
from installation.painter.denoise import Denoiser
from installation.painter.plain import uncover
from tests.browser.conftest import Steps, packed, unpacked
from tests.browser.scenes import photos

LAYOUT = NetworkFile.load(Collection.load().network_path).canvas
SIZES = {f"{width}x{height}": (height, width) for _, (height, width) in sizes()}


def lay(steps: Steps, size: tuple[int, int], frames: list[NDArray[np.uint8]], steady: bool) -> list[NDArray[Any]]:
    """What the page lays for the last frame: strokes and bristles as int8."""
    assert LAYOUT is not None
    of_size = tables(size, LAYOUT)
    answer = steps(
        "lay",
        numbers=of_size.numbers,
        constants=constants(),
        fields=packed(of_size.fields),
        steady=steady,
        frames=[packed(frame) for frame in frames],
    )
    return [(unpacked(text, np.uint8) ^ 0x80).view(np.int8) for text in answer]


@pytest.mark.parametrize("name", ["336x192", "224x304", "448x448"])
def test_the_canvas_is_the_painters_own(steps: Steps, name: str) -> None:
    assert LAYOUT is not None
    height, width = SIZES[name]
    for photo in photos(height, width)[:4]:
        canvas = StrokeCanvas(height, width, LAYOUT).lay(photo)
        strokes, bristles = lay(steps, (height, width), [photo], steady=False)
        assert canvas.bristles is not None
        for ours, theirs in ((strokes, canvas.strokes), (bristles, canvas.bristles)):
            away = np.abs(ours.astype(int) - theirs.ravel().astype(int))
            # In hundredths of what a stroke differs from its neighbour: rounding, no more.
            assert away.mean() < 0.5
            assert np.quantile(away, 0.99) <= 3


def test_directions_follow_the_frames_as_the_installations_do(steps: Steps) -> None:
    assert LAYOUT is not None
    height, width = SIZES["256x256"]
    frames = photos(height, width)[:3]
    canvas = StrokeCanvas(height, width, LAYOUT)
    directions, _, _ = canvas.tables
    directions._steady = True
    for frame in frames:
        canvas.lay(frame)
    strokes, _ = lay(steps, (height, width), frames, steady=True)
    assert np.abs(strokes.astype(int) - canvas.canvas.strokes.ravel().astype(int)).mean() < 0.5
    unsteady, _ = lay(steps, (height, width), frames, steady=False)
    assert np.abs(strokes.astype(int) - unsteady.astype(int)).mean() > 1


@pytest.mark.parametrize("amount", [0.6, 1.0])
def test_the_noise_filter_is_the_same_to_the_bit(steps: Steps, amount: float) -> None:
    height, width = 64, 96
    random = np.random.default_rng(1)
    scene = photos(height, width)[0].astype(int)
    frames = [
        np.clip(np.roll(scene, 3 * max(0, number - 4), 1) + random.normal(0, 3, scene.shape), 0, 255).astype(np.uint8)
        for number in range(8)
    ]
    denoiser = Denoiser((height, width), amount)
    answer = steps("denoise", height=height, width=width, amount=amount, frames=[packed(frame) for frame in frames])
    for frame, text in zip(frames, answer, strict=True):
        assert np.array_equal(unpacked(text, np.uint8), denoiser.apply(frame).ravel())


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_strength_and_mix_are_the_collections_own(steps: Steps, strength: float) -> None:
    collection = Collection.load()
    first, second, third = collection.names[:3]
    mix = {first: 0.5, second: 0.2, third: 0.3}
    parts = [[collection[name].vector.tolist(), weight] for name, weight in mix.items()]
    answer = steps("mix", photo=collection.photo.vector.tolist(), parts=parts, strength=strength)
    assert np.array_equal(unpacked(answer, np.float32), collection.vector(mix, strength))


def test_every_size_is_of_a_class_that_the_page_asks_for(steps: Steps) -> None:
    page = (Path(__file__).parents[2] / "installation" / "browser" / "site" / "main.js").read_text()
    assert f"LIVE_CLASS = {LIVE};" in page
    assert f"STILL_CLASS = {STILL};" in page
    assert {cost_class for cost_class, _ in sizes()} == {LIVE, STILL}


def test_the_scenes_are_as_large_as_asked_for() -> None:
    assert all(Image.fromarray(photo).size == (96, 64) for photo in photos(64, 96))


@pytest.mark.parametrize("paint", [0.0, 0.07, 0.2, 1.0])
def test_faint_paint_lets_the_frame_through_as_in_the_installation(steps: Steps, paint: float) -> None:
    picture, frame = (photo.copy() for photo in photos(64, 96)[:2])
    ours = steps("uncover", picture=packed(picture), frame=packed(frame), paint=paint, enough=constants()["enough"])
    uncover(picture, frame, paint)
    assert np.abs(unpacked(ours, np.uint8).astype(int) - picture.ravel()).max() <= 1
