import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.text.nearest import likely, nearest

NAMES = ("great-wave", "scream", "starry-night", "water-lilies")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("screem", "scream"),
        ("Scream", "scream"),
        ("greatwave", "great-wave"),
        ("lilies", "water-lilies"),
        ("wave", "great-wave"),
    ],
)
def test_a_slip(typed, meant):
    assert likely(typed, NAMES) == meant
    assert nearest(typed, NAMES) == f"did you mean '{meant}'?"


@pytest.mark.parametrize("typed", ["", "xyz", "r"])
def test_nothing_like_it(typed):
    assert likely(typed, NAMES) == ""
    assert nearest(typed, NAMES) == "choose from great-wave, scream, starry-night, water-lilies"


@given(st.text(max_size=30), st.lists(st.text(max_size=10), max_size=6))
def test_only_what_there_is(typed, names):
    assert likely(typed, names) in (*names, "")
