"""What the emulated machine's tests take a screen for."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from installation.display.base import Caption, Card, View
from installation.display.geometry import Rotation
from installation.display.sheet import Sheet
from installation.settings import DisplaySettings

from .gallery import is_card, is_dark, is_picture, is_quiet
from .qemu import Picture

SIZE = (960, 540)
COLOURS = np.linspace(0, 255, 64 * 64 * 3).reshape(64, 64, 3).astype(np.uint8)


def drawn(view: View, rotation: Rotation = 0) -> Picture:
    settings = DisplaySettings(rotation=rotation)
    return np.rot90(Sheet(SIZE, settings).draw(view), -rotation // 90)


def console(words: str) -> Picture:
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"  # a console's letters have no soft edges
    draw.text((0, 10), words, fill=(170, 170, 170))
    return np.asarray(image)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_card_over_a_painting_is_no_picture(rotation: Rotation) -> None:
    glass = drawn(View(card=Card("Foyer", "Back in a moment.")), rotation)
    assert is_card(glass)
    assert not is_picture(glass)
    assert is_quiet(glass)


def test_a_painting_with_its_caption_is_a_picture() -> None:
    glass = drawn(View(picture=COLOURS, caption=Caption("The Wave", "Hokusai", "1831")))
    assert is_picture(glass)
    assert not is_card(glass)


def test_a_dark_screen_is_quiet() -> None:
    glass = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    assert is_dark(glass)
    assert is_quiet(glass)
    assert not is_picture(glass)


def test_a_prompt_is_not_quiet() -> None:
    assert not is_quiet(console("mirror login: _"))


def test_what_qemu_says_before_there_is_a_screen_is_quiet() -> None:
    assert is_quiet(np.full((480, 640, 3), 170, np.uint8))
