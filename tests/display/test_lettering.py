import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pygame = pytest.importorskip("pygame")

from installation.display import lettering  # noqa: E402 - pygame may be missing
from installation.display.base import Caption  # noqa: E402

LONG = "An extremely long title that somebody once gave to a painting of a lady with a parasol " * 2


@pytest.fixture(autouse=True, scope="module")
def fonts():
    pygame.font.init()


@pytest.mark.parametrize("canvas", [(480, 320), (1024, 768), (1080, 1920)])
@pytest.mark.parametrize("title", ["Wave", LONG, "x" * 200])
def test_a_caption_fits_the_canvas_and_stays_readable(canvas, title):
    panel = lettering.caption(Caption(title, title, "1831", url="http://192.168.1.2:8080/?m=mirror-7"), canvas)
    assert panel.get_width() <= canvas[0] * 0.96
    assert panel.get_height() <= canvas[1] * 0.5


def test_a_long_title_takes_two_lines_of_readable_letters():
    rows = lettering._lines(LONG, 30, lettering.INK, 600)
    assert len(rows) == 2
    assert min(row.get_height() for row in rows) >= 30
    assert max(row.get_width() for row in rows) <= 600


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=120), st.integers(80, 900))
def test_no_line_is_wider_than_its_room(text, room):
    rows = lettering._lines(text, 20, lettering.INK, room)
    assert 1 <= len(rows) <= 2
    assert all(row.get_width() <= room + 2 for row in rows)  # rendering may reach a pixel beyond the advance
