import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.display.caption import caption_of, presence, shares_of
from installation.display.words import Words, words
from tests.mirror.parts import a_style


def said(mix, strength=1.0):
    caption = caption_of(shares_of(mix, strength), a_style, Words())
    return caption.title.replace("\N{NO-BREAK SPACE}", " "), caption.artist


@pytest.mark.parametrize(
    ("mix", "strength", "title"),
    [
        ({"scream": 1.0}, 1.0, "Scream"),
        ({"scream": 1.0}, 0.98, "Scream"),
        ({"scream": 1.0}, 0.5, "Scream 50 %"),
        ({"scream": 0.5, "photo": 0.5}, 1.0, "Scream 50 %"),
        ({"scream": 0.4, "wave": 0.6}, 1.0, "Wave 60 % + Scream 40 %"),
        ({"scream": 0.4, "wave": 0.6}, 0.5, "Wave 30 % + Scream 20 %"),
        ({"scream": 0.999, "wave": 0.001}, 1.0, "Scream"),
        ({"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}, 1.0, "A 40 % + B 30 % + C 20 % + …"),
    ],
)
def test_it_tells_how_much_of_what_is_on_screen(mix, strength, title):
    assert said(mix, strength) == (title, "Hokusai")


def test_long_titles_leave_room_for_every_share():
    titles = {"a": "The Great Wave off Kanagawa", "b": "Udnie (Young American Girl, The Dance)", "c": "W" * 40}

    def title_of(*names):
        shares = tuple((name, 30) for name in names)
        return caption_of(shares, lambda name: a_style(name, titles[name]), Words()).title.replace("\xa0", " ")

    assert title_of("a", "b") == "The Great Wave off… 30 % + Udnie 30 %"
    assert title_of("a", "b", "c") == f"The Great Wave… 30 % + Udnie 30 % + {'W' * 14}… 30 %"
    assert title_of("a") == "The Great Wave off Kanagawa 30 %"


@pytest.mark.parametrize(("language", "title"), [("en", "Mirror"), ("de", "Spiegel"), ("fr", "Miroir"), ("zh", "镜子")])
def test_the_plain_mirror_is_named_in_the_gallery_s_language(language, title):
    caption = caption_of(shares_of({"photo": 1.0}, 0.0), a_style, words(language))
    assert (caption.title, caption.artist) == (title, "")


def test_it_leaves_with_the_paint():
    assert [presence({"scream": 1.0}, strength) for strength in (0.0, 0.05, 0.2, 1.0)] == [0.0, 0.0, 1.0, 1.0]
    assert 0 < presence({"scream": 1.0}, 0.1) < 1
    assert presence({"scream": 0.04, "photo": 0.96}, 1.0) == 0
    assert presence({"photo": 1.0}, 0.0) == 1


@given(
    st.dictionaries(st.sampled_from(("a", "b", "c", "d", "photo")), st.floats(0.001, 1.0), min_size=1),
    st.floats(0.0, 1.0),
)
def test_parts_never_add_up_to_more_than_there_is(weights, strength):
    total = sum(weights.values())
    mix = {name: weight / total for name, weight in weights.items()}
    shares = shares_of(mix, strength)
    assert shares
    assert sum(part for _, part in shares) <= round(100 * strength) + len(shares)
    assert caption_of(shares, a_style, Words()).title
