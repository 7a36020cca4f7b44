import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.display.geometry import fit, landed, turned, upright

sizes = st.tuples(st.integers(1, 5000), st.integers(1, 5000))


def test_cover_cuts_and_contain_leaves_bars():
    assert fit((256, 256), (512, 256), "cover").source == (0, 64, 256, 128)
    assert fit((256, 256), (512, 256), "cover").target == (0, 0, 512, 256)
    assert fit((256, 256), (512, 256), "contain").source == (0, 0, 256, 256)
    assert fit((256, 256), (512, 256), "contain").target == (128, 0, 256, 256)


@given(sizes, sizes, st.sampled_from(["cover", "contain"]))
def test_nothing_leaves_picture_or_canvas(picture, canvas, how):
    placing = fit(picture, canvas, how)
    for (x, y, width, height), (room_x, room_y) in ((placing.source, picture), (placing.target, canvas)):
        assert x >= 0
        assert y >= 0
        assert width >= 1
        assert height >= 1
        assert x + width <= room_x
        assert y + height <= room_y


@pytest.mark.parametrize("how", ["cover", "contain"])
def test_nothing_is_distorted(how):
    placing = fit((640, 480), (1080, 1920), how)
    across = placing.target[2] / placing.source[2]
    down = placing.target[3] / placing.source[3]
    assert across == pytest.approx(down, rel=0.01)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_whole_canvas_covers_the_whole_screen(rotation):
    screen = (1920, 1080)
    canvas = upright(screen, rotation)
    x, y, width, height = turned((0, 0, *canvas), canvas, rotation)
    if rotation in (90, 270):  # as SDL turns it about its centre
        x, y, width, height = x + (width - height) // 2, y + (height - width) // 2, height, width
    assert (x, y, width, height) == (0, 0, *screen)


@given(
    st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(1, 400), st.integers(1, 400)),
    st.sampled_from([0, 90, 180, 270]),
)
def test_both_ways_to_turn_agree(rect, rotation):
    canvas = (800, 900)
    x, y, width, height = landed(rect, canvas, rotation)
    sdl = turned(rect, canvas, rotation)
    assert (width, height) == (sdl[2:] if rotation in (0, 180) else sdl[3:1:-1])
    assert abs((x + width / 2) - (sdl[0] + sdl[2] / 2)) <= 0.5
    assert abs((y + height / 2) - (sdl[1] + sdl[3] / 2)) <= 0.5
    screen = upright(canvas, rotation)  # the canvas's own screen
    assert x >= 0
    assert x + width <= screen[0]
    assert y >= 0
    assert y + height <= screen[1]
