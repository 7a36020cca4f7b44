import numpy as np
import pytest

from installation.network.canvas import DEVIATION, FIELD, CanvasLayout, bristle_field, field, plain_canvas


def test_the_field_is_always_the_same() -> None:
    assert np.array_equal(field(FIELD, FIELD), field(FIELD, FIELD))
    assert field(FIELD, FIELD).std() == pytest.approx(DEVIATION, rel=0.05)


def test_smaller_pictures_see_the_same_field() -> None:
    layout = CanvasLayout(2, 8)
    large, small = plain_canvas(256, 256, layout).strokes, plain_canvas(192, 256, layout).strokes
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


def test_the_bristles_repeat_in_a_picture_as_large_as_4k() -> None:
    layout = CanvasLayout(2, 8, bristles=True)
    canvas = plain_canvas(2160, 3840, layout)
    assert canvas.bristles is not None
    assert canvas.bristles.shape == layout.bristle_shape(2160, 3840)
    edge = 2 * FIELD
    assert np.array_equal(canvas.bristles[edge:], canvas.bristles[: 1080 - edge])
    assert np.array_equal(canvas.bristles[:edge, :edge, 0], bristle_field())


def test_a_bristle_is_as_wide_as_three_positions() -> None:
    field = bristle_field().astype(np.float32)
    assert field.std() == pytest.approx(DEVIATION, rel=0.05)
    assert abs(field.mean()) < 1
    assert field.min() >= -127
    near, far = (np.corrcoef(field.ravel(), np.roll(field, step, 1).ravel())[0, 1] for step in (1, 5))
    assert near > 0.7
    assert abs(far) < 0.05


@pytest.mark.parametrize(
    ("edge", "layout"),
    [(64, CanvasLayout(4, 0)), (92, CanvasLayout(4, 28)), (156, CanvasLayout(2, 28)), (63, None)],
)
def test_layout_of_an_edge(edge: int, layout: CanvasLayout | None) -> None:
    assert CanvasLayout.of(edge, 256) == layout
    assert layout is None or layout.shape(256, 256) == (edge, edge, 2)


def test_more_lies_where_strided_convolutions_pad() -> None:
    assert CanvasLayout(4, 28).margins == (8, 20)
    assert CanvasLayout(4, 8).margins == (4, 4)
    assert CanvasLayout().margins == (0, 0)


def test_a_part_of_a_large_canvas() -> None:
    layout = CanvasLayout(4, 28)
    whole = plain_canvas(1024, 1024, layout)
    part = layout.part(whole, (256, 512), (320, 256))
    assert part.bristles is None
    assert part.strokes.shape == layout.shape(320, 256)
    assert np.array_equal(part.strokes, whole.strokes[64 : 64 + 108, 128 : 128 + 92])


def test_smaller_pictures_see_the_same_bristles() -> None:
    layout = CanvasLayout(4, 28, bristles=True)
    large, small = plain_canvas(256, 256, layout).bristles, plain_canvas(192, 128, layout).bristles
    assert large is not None
    assert small is not None
    assert small.shape == layout.bristle_shape(192, 128)
    assert np.array_equal(large[:96, :64], small)
    assert np.array_equal(small[..., 0], bristle_field()[:96, :64])
    assert np.abs(small.astype(int)).max() <= 127


def test_a_part_of_large_bristles() -> None:
    layout = CanvasLayout(4, 28, bristles=True)
    whole = plain_canvas(1024, 1024, layout)
    part = layout.part(whole, (256, 512), (320, 256))
    assert whole.bristles is not None
    assert part.bristles is not None
    assert np.array_equal(part.bristles, whole.bristles[128 : 128 + 160, 256 : 256 + 128])
