import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.display import words as words_module
from installation.display.words import LARGEST_FILE, Words, title_of, usable_words, words
from installation.errors import SettingsError
from installation.settings import Settings

SHIPPED = sorted(path.stem for path in Path(words_module.__file__).with_name("languages").glob("*.toml"))


def test_what_ships():
    assert SHIPPED == ["de", "fr", "zh"]


@pytest.mark.parametrize("language", SHIPPED)
def test_a_language_says_everything_in_its_own_words(language):
    own, english = words(language), Words()
    for key in ("name", "mirror", "starting", "no_camera", "closed", "closed_today", "today", "pause", "days"):
        assert getattr(own, key) != getattr(english, key)
    assert len(set(own.days)) == 7


def test_a_mirror_without_a_name_of_its_own_is_called_in_the_gallery_s_language():
    assert title_of(Settings().installation.name, words("de")) == "Lebender Spiegel"
    assert title_of("Foyer", words("de")) == "Foyer"


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "nl.toml"
    path.write_text('closed = "Nu gesloten."\n', "utf-8")
    assert words(str(path)).closed == "Nu gesloten."
    assert words(str(path)).starting == Words().starting


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"closed = 3\n", "Expected `str`"),
        (b'closde = "x"\n', "unknown field `closde`.*the keys are name"),
        (b'days = ["a", "b"]\n', "days"),
        (b'closed = "a\\nb"\n', "regex"),
        (b"closed = \n", "not valid TOML"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b"#" * (LARGEST_FILE + 1), "larger than 16 KB"),
    ],
)
def test_a_wrong_file_is_one_sentence_and_english_is_shown(tmp_path, caplog, content, problem):
    path = tmp_path / "own.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=problem):
        words(str(path))
    with caplog.at_level(logging.WARNING):
        assert usable_words(str(path)) == Words()
    assert "using English" in caplog.text


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read \(No such file"):
        words(str(tmp_path / "none.toml"))


@given(st.binary(max_size=300))
def test_no_content_breaks_the_card(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("words") / "own.toml"
    path.write_bytes(content)
    assert usable_words(str(path)).closed
