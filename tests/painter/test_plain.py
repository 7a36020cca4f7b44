import itertools

import numpy as np
import pytest
from PIL import Image

from installation.collection import PHOTO, Collection, paint_of
from installation.network.probe import sample_picture
from installation.painter.plain import ENOUGH, uncover
from installation.painter.still import LARGEST, StillPainter


def test_paint_of_a_mix() -> None:
    assert paint_of({"scream": 1.0}, 0.7) == pytest.approx(0.7)
    assert paint_of({"scream": 0.25, PHOTO: 0.75}, 1.0) == pytest.approx(0.25)
    assert paint_of({PHOTO: 1.0}, 1.0) == 0
    assert paint_of({"scream": 1.0}, 0.0) == 0


def test_the_frame_shows_through_faint_paint() -> None:
    frame, painted = (np.full((8, 8, 3), value, np.uint8) for value in (100, 200))
    for paint, wanted in ((0.0, 100), (ENOUGH / 2, 150), (ENOUGH, 200), (1.0, 200)):
        picture = painted.copy()
        uncover(picture, frame, paint)
        assert (picture == wanted).all()
    assert (frame == 100).all()


@pytest.mark.parametrize(("mix", "strength"), [({PHOTO: 1.0}, 1.0), ({"scream": 1.0}, 0.0)])
def test_the_plain_mirror_is_the_frame_to_the_bit(mix: dict[str, float], strength: float) -> None:
    frame = sample_picture(96, 128)
    assert np.array_equal(StillPainter(Collection.load()).paint_pixels(frame, mix, strength), frame)


def test_the_plain_mirror_of_a_photo_painted_in_tiles_is_the_photo_too() -> None:
    photo = Image.fromarray(sample_picture(64, LARGEST + 16))
    painter = StillPainter(Collection.load())
    assert painter.paint(photo, {PHOTO: 1.0}, 1.0).tobytes() == photo.tobytes()
    assert painter.paint(photo, {"scream": 1.0}, 1.0).tobytes() != photo.tobytes()


def test_it_comes_and_goes_without_a_jump() -> None:
    frame, painter = sample_picture(96, 128), StillPainter(Collection.load())
    steps = [painter.paint_pixels(frame, {"scream": 1.0}, part).astype(int) for part in np.linspace(0, 0.4, 21)]
    jumps = [np.abs(now - before).mean() for before, now in itertools.pairwise(steps)]
    assert max(jumps) < 4 * (np.mean(jumps) + 0.1)
