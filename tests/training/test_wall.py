"""The wall's figures: a picture beside the painting at half the screen's size."""

import numpy as np
import pytest

pytest.importorskip("torch")

from PIL import Image, ImageFilter

from installation.training.wall import wall_figures

PAINTING = Image.fromarray(np.random.default_rng(3).integers(0, 256, (540, 960, 3), dtype=np.uint8))


def shown(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.resize((1920, 1080), Image.Resampling.NEAREST))


def test_the_painting_itself_has_all_of_it() -> None:
    figures = wall_figures(shown(PAINTING), PAINTING)
    assert (figures.sharpness, figures.tone, figures.fine) == pytest.approx((1, 1, 1), abs=1e-3)


def test_a_blur_takes_fine_detail_first() -> None:
    figures = wall_figures(shown(PAINTING.filter(ImageFilter.GaussianBlur(1))), PAINTING)
    assert figures.fine < figures.tone < 0.6


def test_half_the_contrast_is_half_of_everything() -> None:
    pale = Image.fromarray((np.asarray(PAINTING) // 2 + 64).astype(np.uint8))
    figures = wall_figures(shown(pale), PAINTING)
    assert (figures.sharpness, figures.tone, figures.fine) == pytest.approx((0.5, 0.5, 0.5), abs=0.01)
