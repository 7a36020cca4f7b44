import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.errors import CommandError
from installation.show.mix_text import parse_mix


def test_weights_as_typed():
    assert parse_mix("great-wave=0.6,scream=0.4") == {"great-wave": 0.6, "scream": 0.4}
    assert parse_mix(" scream = 2 , photo=0") == {"scream": 2.0, "photo": 0.0}


@pytest.mark.parametrize("text", ["", "scream", "scream=", "=1", "a=1,", "a=1,a=2", "a=-1", "a=nan", "a=inf", "a=1e9"])
def test_what_is_no_mix(text):
    with pytest.raises(CommandError, match="NAME=WEIGHT"):
        parse_mix(text)


def test_nothing_but_nothing():
    with pytest.raises(CommandError, match="above 0"):
        parse_mix("a=0,b=0")


@given(st.text(max_size=60))
def test_anything_may_be_typed(text):
    try:
        weights = parse_mix(text)
    except CommandError:
        return
    assert all(name and math.isfinite(weight) and weight >= 0 for name, weight in weights.items())
