import numpy as np
import pytest

from installation.display.words import Words
from installation.mirror.presenter import FADE_IN, IDENTIFY_SECONDS, STARTING_SECONDS, Presenter
from installation.settings import Settings, parse
from installation.show.director import Scene
from tests.mirror.parts import a_style

PICTURE = np.zeros((8, 8, 3), np.uint8)


def scene(style="great-wave", phase="visitor", mix=None, strength=1.0):
    return Scene(mix=mix or {style: 1.0}, style=style, strength=strength, phase=phase, attract=True, held=False)


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


def titles(show, scenes, start=0.0, step=0.1):
    """What the caption says at each of these scenes, a tenth of a second apart."""
    views = [show.view(one, PICTURE, start + number * step) for number, one in enumerate(scenes)]
    return [view.caption.title.replace("\N{NO-BREAK SPACE}", " ") if view.caption else "" for view in views]


def test_a_morph_is_captioned_with_where_it_goes_and_a_mix_when_it_stays():
    show = presenter()
    titles(show, [scene()] * 20)
    morph = [scene("scream", mix={"great-wave": 1 - part / 10, "scream": part / 10}) for part in range(1, 11)]
    said = titles(show, [*morph, *[scene("scream")] * 5], 2.0)
    assert set(said) <= {"", "Scream"}
    assert said[-1] == "Scream"
    said = titles(show, [scene("scream", mix={"great-wave": 0.4, "scream": 0.6})] * 20, 4.0)
    assert said[0] == "Scream"
    assert said[-1] == "Scream 60 % + Great-Wave 40 %"


def test_a_mix_that_is_moved_by_a_finger_does_not_flicker_to_one_style():
    show = presenter()
    titles(show, [scene("scream", mix={"great-wave": 0.4, "scream": 0.6})] * 20)
    moved = [scene("scream", mix={"great-wave": 0.4 - n / 100, "scream": 0.6 + n / 100}) for n in range(20)]
    said = titles(show, moved, 2.0)
    assert set(said) == {"Scream 60 % + Great-Wave 40 %"}


def test_a_caption_outlives_a_style_that_a_reload_took_away():
    known = {"great-wave": a_style("great-wave"), "scream": a_style("scream")}
    show = Presenter(Settings(), known.__getitem__, lambda: (), Words())
    assert titles(show, [scene()] * 10)[-1] == "Great-Wave"
    del known["great-wave"]
    assert titles(show, [scene("scream")], 0.95)[-1] == "Great-Wave"
    assert titles(show, [scene("scream")] * 30, 2.0)[-1] == "Scream"


def test_no_caption_praises_the_plain_mirror():
    show = presenter(parse({"display": {"caption_seconds": 0.0}}))
    titles(show, [scene()] * 20)
    assert titles(show, [scene(strength=0.5)] * 20, 2.0)[-1] == "Great-Wave 50 %"
    assert titles(show, [scene(strength=0.0)] * 20, 4.0) == [""] * 20
    assert titles(show, [scene()] * 20, 6.0)[-1] == "Great-Wave"
    assert titles(show, [scene("photo", strength=0.0)] * 20, 8.0)[-1] == "Mirror"


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
