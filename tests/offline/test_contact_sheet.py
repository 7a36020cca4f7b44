import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from installation.fonts import typeface
from installation.offline.contact_sheet import TILE, contact_sheet, fitted
from tests.mirror.parts import a_style


def sheet(titles, **options):
    styles = [a_style(f"s{number}", title) for number, title in enumerate(titles)]
    return contact_sheet(styles, lambda style: Image.new("RGB", (64, 64), "red"), **options)


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (4, 4), (9, 4), (17, 6)])
def test_all_styles_are_on_it(count, columns):
    picture = np.asarray(sheet(["Wave"] * count))
    red = (picture == (255, 0, 0)).all(-1)
    assert red.sum() == count * TILE * TILE
    assert red.any(0).sum() == columns * TILE


def test_a_title_stands_under_its_tile_and_nowhere_else():
    picture = np.asarray(sheet(["A title that is far too long for a tile of this size " * 4] * 2, columns=2)).max(-1)
    ground = picture[0, 0]
    tops = np.flatnonzero((picture != ground).any(1))
    assert tops[-1] > tops[0] + TILE, "there is a title"
    lines = picture[tops[0] + TILE :]
    left = int(np.flatnonzero(picture[tops[0]] != ground)[0])
    between = lines[:, left + TILE : left + TILE + 28]
    assert (between == ground).all(), "it ends with the tile"


@pytest.mark.parametrize("text", ["", "Wave", "Udnie (Young American Girl, The Dance)", "W" * 300, "Ж" * 90])
def test_lines_fit(text):
    line, font = fitted(text, 20, TILE)
    assert font.getlength(line) <= TILE
    assert line == text or line.endswith("…")


@given(st.text(max_size=60))
def test_any_line_fits(text):
    line, font = fitted(text, 20, TILE)
    assert font.getlength(line) <= TILE


def test_the_typeface_knows_painters_names():
    font = ImageFont.truetype(typeface(), 20)
    missing = font.getmask("\uffff").getbbox(), bytes(font.getmask("\uffff"))
    for letter in "āčđėğįłñōőřşţůźžØÆßþ–—’…·ΩЯ":
        assert (font.getmask(letter).getbbox(), bytes(font.getmask(letter))) != missing, letter
