"""A sheet shows what a window shows, pixel for pixel."""

import numpy as np
import pytest

from installation.display import make_display
from installation.display.base import Caption, Card, View
from installation.display.window import WindowDisplay
from installation.settings import DisplaySettings

pygame = pytest.importorskip("pygame")

from installation.display.sheet import Sheet  # noqa: E402 - pygame may be missing


@pytest.fixture
def picture():
    small = np.random.default_rng(2).integers(0, 255, (12, 21, 3)).astype(np.uint8)
    return np.ascontiguousarray(small.repeat(16, 0).repeat(16, 1))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_sheet_is_what_the_window_shows_turned_upright(monkeypatch, picture, rotation):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_RENDER_DRIVER", "software")
    settings = DisplaySettings(width=640, height=360, rotation=rotation)
    view = View(picture=picture, caption=Caption("The Wave", "Hokusai", "1831", url="http://hub.example/"))
    window = make_display("window", settings)
    assert isinstance(window, WindowDisplay)
    window.open()
    try:
        shown = window.grab(view)
    finally:
        window.close()
    drawn = Sheet((640, 360), settings).draw(view)
    assert np.array_equal(drawn, np.rot90(shown, rotation // 90))


def test_a_rotated_sheet_is_upright(picture):
    drawn = Sheet((640, 360), DisplaySettings(rotation=90)).draw(View(picture=picture))
    assert drawn.shape == (640, 360, 3)


def test_the_relief_can_be_turned_off(picture):
    plain, linen = (
        Sheet((640, 360), DisplaySettings(relief=relief)).draw(View(picture=np.full_like(picture, 128))).astype(int)
        for relief in (0.0, 0.5)
    )
    assert plain.std() == 0
    assert 0.5 < linen.std() < 8
    assert abs(linen.mean() - plain.mean()) < 1.5


@pytest.mark.parametrize(("rotation", "screen"), [(90, (360, 640)), (180, (640, 360)), (270, (360, 640))])
def test_the_relief_is_lit_from_the_upper_left_however_the_screen_hangs(picture, rotation, screen):
    view = View(picture=np.full_like(picture, 128))
    hung = Sheet(screen, DisplaySettings(relief=0.5, rotation=rotation)).draw(view)
    assert np.array_equal(hung, Sheet((640, 360), DisplaySettings(relief=0.5)).draw(view))


def test_cards_need_no_screen():
    assert Sheet((640, 360), DisplaySettings()).draw(View(card=Card("Living mirror", "Closed"))).std() > 0
