import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pygame = pytest.importorskip("pygame")

from installation.display import lettering  # noqa: E402 - pygame may be missing
from installation.display.base import Caption, Card, Identify, Notice  # noqa: E402
from installation.display.font_fallback import FontFallback  # noqa: E402
from installation.display.typesetting import Face, uncut  # noqa: E402
from installation.display.typesetting import rows as set_rows  # noqa: E402
from tests.qr import read_codes  # noqa: E402

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


@pytest.mark.parametrize("canvas", [(1920, 1080), (1080, 1920), (1280, 720), (1080, 1080), (3840, 2160)])
@pytest.mark.parametrize(
    "url", ["", "http://192.168.1.2:8080/?m=mirror-7", "https://museum.example.org/?m=foyer-left-1"]
)
@pytest.mark.parametrize(
    ("title", "artist"),
    [
        ("The Scream", "Edvard Munch"),
        ("The Great Wave off Kanagawa", "Katsushika Hokusai"),
        ("Udnie (Young American Girl, The Dance)", "Francis Picabia"),
        ("Still Life: Vase with Twelve Sunflowers", "Vincent van Gogh"),
        ("The Great Wave off Kanagawa 60 % + Udnie (Young American Girl, The Dance) 40 %", "Hokusai, Francis Picabia"),
        ("Still Life: Vase with Twelve Sunflowers 40 % + Houses on the Water 30 % + Udnie 30 % + …", "Van Gogh, X, Y"),
    ],
)
def test_a_caption_hangs_beside_the_painting_not_over_it(fonts, canvas, url, title, artist):
    panel = lettering.caption(Caption(title, artist, "1889", url=url), canvas, fonts)
    assert panel.get_width() * panel.get_height() < 0.06 * canvas[0] * canvas[1]


def test_the_code_can_be_read_and_is_set_in_ink_on_paper(fonts):
    url = "http://192.168.1.2:8080/?m=mirror-7"
    panel = lettering.caption(Caption("Wave", "Hokusai", "1831", url=url), (1920, 1080), fonts)
    shown = pygame.Surface(panel.get_size())
    shown.fill((90, 120, 60))  # a painting behind it
    shown.blit(panel, (0, 0))
    pixels = pygame.surfarray.array3d(shown).swapaxes(0, 1).copy()
    assert read_codes(pixels) == [url]
    assert not (pixels == 255).all(2).any(), "no other white beside the paper's"


@pytest.mark.parametrize("canvas", [(320, 240), (1024, 768), (1080, 1920)])
@pytest.mark.parametrize("lines", [1, 9, 60])
def test_a_cards_title_is_on_screen_however_much_text_there_is(fonts, canvas, lines):
    text = "\n".join(["Tue–Fri, Sun 10:00–18:00"] * lines)
    panel = lettering.card(Card("Living mirror", text), canvas, fonts)
    assert panel.get_width() <= canvas[0]
    colours = pygame.surfarray.array3d(panel)
    assert (colours.max(2)[:, 3:] < 60).any(), "only the title is so dark"
    assert (colours.max(2)[:, :3] > 150).all(), "and no letter is cut at the upper edge"
    if lines < 60:
        assert panel.get_height() <= canvas[1]


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


def test_a_no_break_space_holds_a_number_and_its_sign_together(fonts):
    face = Face(fonts, 26)
    broken = "Udnie 40 % + Horse-mackerel… 35"
    room = face.width(f"{broken}x")
    tied = [row.get_width() for row in set_rows(f"{broken}\N{NO-BREAK SPACE}% + Spring 25", 20, (0, 0, 0), room, fonts)]
    assert tied[0] == face.width("Udnie 40 % + Horse-mackerel…")
    assert tied[1] == face.width("35\N{NO-BREAK SPACE}% + Spring 25")


@pytest.mark.parametrize("canvas", [(1920, 1080), (1080, 1920)])
def test_the_letters_grow_smaller_before_a_mix_is_cut(fonts, canvas, monkeypatch):
    cut = []

    def noted(text, height, colour, room, fonts):
        cut.append(not uncut(text, height, room, fonts))
        return set_rows(text, height, colour, room, fonts)

    monkeypatch.setattr("installation.display.lettering.set_rows", noted)
    title = "The Great Wave off… 60\N{NO-BREAK SPACE}% + Portrait of Jean… 40\N{NO-BREAK SPACE}%"
    lettering.caption(
        Caption(title, "Katsushika Hokusai, Robert Delaunay", "", url="http://10.0.0.1/#foyer"), canvas, fonts
    )
    assert cut[-2:] == [False, False]


@pytest.mark.parametrize("canvas", [(480, 320), (1024, 768), (1920, 1080), (1080, 1920)])
@pytest.mark.parametrize(
    "notice",
    [
        Notice("Your picture to take home in", number="30"),
        Notice("Scan the code: your picture, for 10 minutes at most.", url="http://hub.example.org:8090/" + "x" * 32),
        Notice("x" * 160),
    ],
)
def test_a_notice_leaves_half_of_the_canvas(canvas, notice, fonts):
    panel = lettering.notice(notice, canvas, fonts)
    assert panel.get_width() <= canvas[0]
    assert panel.get_height() <= canvas[1] * 0.55
