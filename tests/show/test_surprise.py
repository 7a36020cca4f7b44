import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.collection import Collection
from installation.show.surprise import FIRST, SEEDS, STYLES, draw_seed, surprise

NAMES = tuple(f"style-{number}" for number in range(16))
seeds = st.integers(0, SEEDS - 1)
offers = st.lists(st.sampled_from((*NAMES, "photo")), min_size=1, unique=True)


@given(seeds, offers)
def test_a_surprise_mixes_up_to_three_paintings_that_sum_to_one(seed, names):
    mix = surprise(seed, names)
    paintings = [name for name in names if name != "photo"]
    assert len(mix) == min(STYLES, max(1, len(paintings)))
    assert set(mix) <= set(paintings or names)
    assert all(weight > 0 for weight in mix.values())
    assert math.isclose(sum(mix.values()), 1.0)
    assert list(mix.values()) == sorted(mix.values(), reverse=True)
    if len(paintings) >= STYLES:
        assert FIRST[0] <= max(mix.values()) <= FIRST[1]


@given(seeds, st.permutations(NAMES))
def test_a_seed_gives_the_same_whatever_the_order_and_without_the_styles_that_it_leaves_out(seed, names):
    mix = surprise(seed, NAMES)
    assert surprise(seed, names) == mix
    assert surprise(seed, [name for name in names if name in mix or name == names[0]]) == mix


def test_seeds_differ_and_use_every_style_about_as_often():
    mixes = [surprise(seed, NAMES) for seed in range(800)]
    assert len({tuple(mix) for mix in mixes}) > 600
    leaders = [next(iter(mix)) for mix in mixes]
    assert all(20 < leaders.count(name) < 100 for name in NAMES)


def test_the_same_seed_is_the_same_on_every_machine():
    assert list(surprise(482113, ("great-wave", "scream", "tahiti", "photo", "udnie"))) == [
        "great-wave",
        "scream",
        "tahiti",
    ]


def test_seeds_are_drawn_by_chance_within_their_range():
    drawn = {draw_seed() for _ in range(50)}
    assert len(drawn) > 40
    assert all(0 <= seed < SEEDS for seed in drawn)


@pytest.mark.parametrize("names", [("photo",), ("scream",), ("photo", "scream")])
def test_where_little_is_on_offer_a_surprise_is_what_there_is(names):
    assert surprise(1, names) == {names[-1]: 1.0}


def test_a_surprise_stays_near_the_painting_that_leads():
    """What the mirror keeps to, having no VGG network; `installation.training.surprise_distance` shows it is enough."""
    collection = Collection.load()
    for seed in range(200):
        mix = surprise(seed, collection.names)
        leader, *others = (collection[name].vector for name in mix)
        farthest = max(float(np.linalg.norm(other - leader)) for other in others)
        assert float(np.linalg.norm(collection.vector(mix, 1.0) - leader)) <= 0.5 * farthest + 1e-4
