import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from installation.errors import UsageError
from installation.network.sizes import CLASSES, MULTIPLE, check_size, class_size

WALL = 16 / 9


@pytest.mark.parametrize("size", [0, 100, 4112, (256, 100), -256, 264])
def test_what_cannot_be_painted_is_refused(size):
    with pytest.raises(UsageError, match="multiples of 16 from 64 to 4096"):
        check_size(size)


def test_sizes_are_edges_or_pairs():
    assert check_size(256) == (256, 256)
    assert check_size((192, 336)) == (192, 336)


@pytest.mark.parametrize("cost_class", CLASSES)
def test_a_square_screen_gets_the_square_that_names_the_class(cost_class):
    assert class_size(cost_class, 1.0) == (cost_class, cost_class)


@pytest.mark.parametrize(
    ("cost_class", "aspect", "size"),
    [(256, WALL, (192, 336)), (512, WALL, (384, 688)), (512, 1 / WALL, (688, 384)), (1024, WALL, (768, 1360))],
)
def test_the_picture_has_the_shape_of_the_screen(cost_class, aspect, size):
    assert class_size(cost_class, aspect) == size


@given(st.sampled_from(CLASSES), st.floats(1 / 3, 3))
@example(320, 0.97265625)
@example(1024, 1.0097146721705301)
def test_every_class_fits_every_screen(cost_class, aspect):
    height, width = check_size(class_size(cost_class, aspect))
    assert height % MULTIPLE == width % MULTIPLE == 0
    assert 0.85 < height * width / cost_class**2 < 1.18
    # What is cut off is half a step of the shorter edge, and a quarter of that where it keeps the number of pixels.
    assert abs(math.log(width / height / aspect)) * min(height, width) < 1.25 * MULTIPLE / 2


@given(st.sampled_from(CLASSES), st.floats(0.001, 1000))
def test_an_absurd_screen_gets_a_picture_all_the_same(cost_class, aspect):
    check_size(class_size(cost_class, aspect))
