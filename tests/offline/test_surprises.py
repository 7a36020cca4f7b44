from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from installation.camera.photo import open_photo
from installation.collection import Collection
from installation.offline.surprises import Look, Surprises, is_mud

ASTRONAUT = Path(__file__).parents[2] / "installation" / "training" / "photos" / "astronaut.webp"


def test_tone_and_marks_of_a_picture():
    plain = Image.new("RGB", (64, 64), (90, 90, 90))
    assert Look.of(plain) == Look(0.0, 0.0)
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    look = Look.of(Image.fromarray(stripes))
    assert look.tone == 1.0
    assert look.marks == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("look", "mud"),
    [
        (Look(0.6, 0.04), False),
        (Look(0.55, 0.035), False),
        (Look(0.45, 0.04), True),
        (Look(0.6, 0.02), True),
    ],
)
def test_mud_is_what_has_less_than_the_poorest_of_its_styles(look, mud):
    assert is_mud(look, [Look(0.6, 0.05), Look(0.8, 0.04)]) is mud


def test_a_surprise_is_labelled_with_its_number_and_its_mix():
    surprises = Surprises(Collection.load(), Image.new("RGB", (64, 64)))
    style = surprises.described(7)
    first = next(iter(surprises.mix(7)))
    assert style.title == "7"
    assert style.artist.startswith(f"{first} ")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_shipped_collection_paints_no_mud():
    photo = ImageOps.fit(open_photo(ASTRONAUT, 256), (256, 256))
    surprises = Surprises(Collection.load(), photo)
    for seed in range(200):
        surprises.paint(seed)
    assert surprises.muddy == []
