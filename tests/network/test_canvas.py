import numpy as np
import pytest

from installation.network.canvas import FIELD, CanvasLayout, canvas, field


def test_the_field_is_always_the_same() -> None:
    assert np.array_equal(field(FIELD, FIELD), field(FIELD, FIELD))
    assert field(FIELD, FIELD).std() > 40, "flat fields give strokes nothing to hang on"


def test_smaller_pictures_see_the_same_field() -> None:
    layout = CanvasLayout(2, 8)
    large, small = canvas(256, 256, layout), canvas(192, 256, layout)
    assert large.shape == (136, 136, 2)
    assert small.shape == (104, 136, 2)
    assert np.array_equal(large[:104], small)
    assert large.dtype == np.int8
    assert np.array_equal(large.astype(int) + 128, field(136, 136))


def test_it_repeats_beyond_the_field() -> None:
    large = field(FIELD + 5, 10)
    assert np.array_equal(large[FIELD:], large[:5])
    assert large.flags.c_contiguous
    assert large.dtype == np.uint8


@pytest.mark.parametrize(
    ("edge", "layout"), [(64, CanvasLayout(4, 0)), (72, CanvasLayout(4, 8)), (136, CanvasLayout(2, 8)), (63, None)]
)
def test_layout_of_an_edge(edge: int, layout: CanvasLayout | None) -> None:
    assert CanvasLayout.of(edge, 256) == layout
    assert layout is None or layout.shape(256, 256) == (edge, edge, 2)
