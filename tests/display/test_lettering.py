import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pygame = pytest.importorskip("pygame")

from installation.display import lettering  # noqa: E402 - pygame may be missing
from installation.display.base import Caption, Card, Identify  # noqa: E402
from installation.display.font_fallback import FontFallback  # noqa: E402
from installation.display.typesetting import rows as set_rows  # noqa: E402

LONG = "An extremely long title that somebody once gave to a painting of a lady with a parasol " * 2


@pytest.fixture(scope="module")
def fonts():
    pygame.font.init()
    return FontFallback(find=lambda _characters: ())


@pytest.mark.parametrize("canvas", [(480, 320), (1024, 768), (1080, 1920)])
@pytest.mark.parametrize("title", ["Wave", LONG, "x" * 200])
def test_a_caption_fits_the_canvas_and_stays_readable(canvas, title, fonts):
    caption = Caption(title, title, "1831", url="http://192.168.1.2:8080/?m=mirror-7")
    panel = lettering.caption(caption, canvas, fonts)
    assert panel.get_width() <= canvas[0] * 0.96
    assert panel.get_height() <= canvas[1] * 0.5


@pytest.mark.parametrize("canvas", [(320, 240), (1024, 768), (1080, 1920)])
@pytest.mark.parametrize("lines", [1, 9, 60])
def test_a_cards_title_is_on_screen_however_much_text_there_is(fonts, canvas, lines):
    text = "\n".join(["Tue–Fri, Sun 10:00–18:00"] * lines)
    both = pygame.surfarray.array3d(lettering.card(Card("Living mirror", text), canvas, fonts))
    assert (both[:, :3] == lettering.WALL).all()  # no letter is cut at the upper edge
    assert (both.max(2) > 220).any()  # only the title is so bright
    if lines < 60:
        assert (both[:, -3:] == lettering.WALL).all()


@pytest.mark.parametrize("canvas", [(160, 240), (320, 240), (1080, 1920)])
def test_the_identify_panel_is_on_screen(fonts, canvas):
    lines = ("foyer-1", "Living mirror in the foyer", "192.168.1.23", "version 0.1.0")
    panel = lettering.identify(Identify(lines), canvas, fonts)
    assert panel.get_width() <= canvas[0]
    assert panel.get_height() <= canvas[1]


def test_a_title_that_no_font_has_leaves_no_gap(fonts):
    with_title = lettering.caption(Caption("神奈川", "Hokusai", "1831"), (1024, 768), fonts)
    without = lettering.caption(Caption("", "Hokusai", "1831"), (1024, 768), fonts)
    assert with_title.get_size() == without.get_size()
    assert lettering.caption(Caption("神奈川", "北斎", ""), (1024, 768), fonts).get_height() > 0


def test_a_long_title_takes_two_lines_of_readable_letters(fonts):
    rows = set_rows(LONG, 30, lettering.INK, 600, fonts)
    assert len(rows) == 2
    assert min(row.get_height() for row in rows) >= 30
    assert max(row.get_width() for row in rows) <= 600


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=120), st.integers(80, 900))
def test_no_line_is_wider_than_its_room(fonts, text, room):
    rows = set_rows(text, 20, lettering.INK, room, fonts)
    assert 1 <= len(rows) <= 2
    assert all(row.get_width() <= room + 2 for row in rows)  # rendering may reach a pixel beyond the advance
