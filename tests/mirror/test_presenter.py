import numpy as np
import pytest

from installation.display.words import Words
from installation.mirror.presenter import FADE_IN, IDENTIFY_SECONDS, STARTING_SECONDS, Presenter
from installation.settings import Settings, parse
from installation.show.director import Scene
from tests.mirror.parts import a_style

PICTURE = np.zeros((8, 8, 3), np.uint8)


def scene(style="great-wave", phase="visitor"):
    return Scene(mix={style: 1.0}, style=style, strength=1.0, phase=phase, attract=True, held=False)


def presenter(settings=None):
    return Presenter(settings or Settings(), a_style, lambda: ("mirror-1", "10.0.0.7", "version 0.1.0"), Words())


def test_the_caption_comes_and_goes():
    show = presenter()
    alphas = [getattr(show.view(scene(), PICTURE, now / 10).caption, "alpha", 0.0) for now in range(100)]
    assert alphas[0] == 0
    assert 0 < alphas[2] < 1
    assert alphas[int(FADE_IN * 10) + 1 : 65] == [1.0] * len(alphas[int(FADE_IN * 10) + 1 : 65])
    assert 0 < alphas[75] < 1
    assert alphas[80:] == [0.0] * 20


def test_the_caption_comes_again_with_the_next_style():
    show = presenter()
    show.view(scene(), PICTURE, 0)
    assert show.view(scene(), PICTURE, 20).caption is None
    show.view(scene("scream"), PICTURE, 30)
    caption = show.view(scene("scream"), PICTURE, 31).caption
    assert (caption.title, caption.artist, caption.year) == ("Scream", "Hokusai", "1831")


def test_a_caption_without_end_and_none_at_all():
    show = presenter(parse({"display": {"caption_seconds": 0.0}}))
    show.view(scene(), PICTURE, 0)
    assert show.view(scene(), PICTURE, 9999).caption.alpha == 1
    silent = presenter(parse({"display": {"caption": False}}))
    silent.view(scene(), PICTURE, 0)
    assert silent.view(scene(), PICTURE, 1).caption is None


@pytest.mark.parametrize(("qr", "url"), [(True, "http://hub/?m=1"), (False, "")])
def test_the_pages_address_in_the_caption(qr, url):
    show = presenter(parse({"display": {"qr": qr}, "page": {"url": "http://hub/?m=1"}}))
    show.view(scene(), PICTURE, 0)
    assert (show.view(scene(), PICTURE, 1).caption.url or "") == url


def test_off_is_black_and_closed_is_a_card():
    show = presenter()
    assert show.view(scene(phase="off"), PICTURE, 0).black
    view = show.view(scene(phase="closed"), PICTURE, 0)
    assert view.picture is None
    assert "Closed" in view.card.text


def test_the_card_before_the_first_picture_is_another_than_later():
    show = presenter()
    starting = show.view(scene(), None, 0).card
    assert show.view(scene(), None, STARTING_SECONDS - 1).card == starting
    assert show.view(scene(), None, STARTING_SECONDS + 1).card != starting
    working = presenter()
    working.view(scene(), PICTURE, 0)
    assert working.view(scene(), None, 1).card != starting


@pytest.mark.parametrize("phase", ["visitor", "off", "closed"])
def test_identify_shows_over_everything_for_a_while(phase):
    show = presenter()
    show.identify(100)
    assert "mirror-1" in show.view(scene(phase=phase), PICTURE, 101).identify.lines
    assert show.view(scene(phase=phase), PICTURE, 100 + IDENTIFY_SECONDS + 0.1).identify is None
