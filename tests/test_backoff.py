import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from installation.backoff import Backoff


@given(st.integers(1, 100), st.floats(0, 1), st.integers())
def test_it_grows_within_its_bounds(times, spread, seed):
    backoff = Backoff(0.5, 10.0, spread, random.Random(seed))
    ceiling = 0.5
    for _ in range(times):
        assert ceiling * (1 - spread) - 1e-9 <= backoff.next() <= ceiling
        ceiling = min(10.0, 2 * ceiling)
    assert 10.0 * (1 - spread) - 1e-9 <= backoff.longest() <= 10.0
    backoff.reset()
    assert backoff.next() <= 0.5


def test_a_fleet_does_not_come_back_in_one_instant():
    waits = sorted(Backoff(draw=random.Random(seed)).next() for seed in range(400))
    assert waits[-1] - waits[0] > 3.0
    assert max(later - earlier for earlier, later in itertools.pairwise(waits)) < 0.3


def test_whoever_waits_for_a_broker_is_back_within_five_seconds():
    backoff = Backoff()
    assert max(backoff.next() for _ in range(1000)) <= 4.0
