"""A face is found in a photo, and again in its painting."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")
cv2 = pytest.importorskip("cv2")

from installation.errors import UsageError  # noqa: E402
from installation.training.portraits import FaceFinder, overlap  # noqa: E402
from installation.training.tiles import PHOTO  # noqa: E402


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    if not hasattr(cv2, "CascadeClassifier"):
        pytest.skip("this OpenCV has no cascades; pip install 'opencv-python-headless<5'")
    return FaceFinder()


def test_the_astronaut_has_one_face_and_a_wall_has_none(finder: FaceFinder) -> None:
    (portrait,) = finder.portraits([PHOTO])
    left, top, width, height = portrait.face
    assert 100 < left < 300
    assert top < 200
    assert width == height
    assert finder.find(np.full((512, 512, 3), 128, np.uint8)) == []


def test_a_photo_counts_only_if_its_face_is_sure(finder: FaceFinder, tmp_path: Path) -> None:
    photo, noise = finder.portraits([PHOTO])[0].pixels, np.random.default_rng(1).normal(0, 1, (512, 512, 3))
    for strength in range(60, 110, 2):  # the face fades away: sure, doubtful, none
        noisy = np.clip(photo + strength * noise, 0, 255).astype(np.uint8)
        if len(finder.find(noisy)) > len(finder.find(noisy, 10)):
            break
    else:
        pytest.fail("no face was doubtful")
    Image.fromarray(noisy).save(tmp_path / "doubtful.png")
    assert finder.portraits([tmp_path / "doubtful.png"]) == []


def test_a_face_that_is_painted_over_is_lost(finder: FaceFinder) -> None:
    portraits = finder.portraits([PHOTO])
    assert finder.kept(portraits, lambda pixels: pixels) == 1.0
    assert finder.kept(portraits, np.zeros_like) == 0.0


def test_without_a_cascade_it_says_which_version_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "CascadeClassifier", raising=False)
    with pytest.raises(UsageError, match="<5"):
        FaceFinder()


def test_overlap() -> None:
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1.0
    assert overlap((0, 0, 10, 10), (5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (10, 0, 10, 10)) == 0.0
