"""What a visitor reads who takes a picture home, as a screen shows it, beside the caption."""

import numpy as np
import pytest

from installation.display import make_sheet
from installation.display.base import Caption, Notice, View
from installation.display.words import words
from installation.settings import DisplaySettings
from tests.qr import read_codes

LINK = "http://192.168.178.20:8090/" + "Ab3_-xYz" * 4
PAGE = "http://192.168.178.20/#foyer-1"
LABEL = Caption("The Great Wave off Kanagawa", "Katsushika Hokusai", "1831", url=PAGE)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("screen", [(1920, 1080), (1080, 1920), (1280, 720)])
def test_both_codes_are_read_off_the_screen(screen, language):
    picture = np.full((90, 160, 3), 120, np.uint8)
    notice = Notice(words(language).souvenir_link.replace("{minutes}", "10"), url=LINK)
    drawn = make_sheet(screen[0], screen[1], DisplaySettings()).draw(
        View(picture=picture, caption=LABEL, notice=notice)
    )
    assert set(read_codes(drawn)) == {LINK, PAGE}


def test_the_upper_half_where_faces_are_stays_free():
    picture = np.full((90, 160, 3), 120, np.uint8)
    sheet = make_sheet(1920, 1080, DisplaySettings(relief=0.0))
    plain = sheet.draw(View(picture=picture)).copy()
    counted = sheet.draw(View(picture=picture, notice=Notice("Your picture to take home in", number="5")))
    changed = np.flatnonzero((plain != counted).any((1, 2)))
    assert changed.min() > 540
