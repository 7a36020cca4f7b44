import numpy as np
import pytest

pytest.importorskip("torch")

from installation.training.surprise_distance import Distances


def test_the_figures_name_what_is_too_far():
    one = Distances(np.array([0.4, 0.6, 0.5]), np.array([0.5, 0.5, 0.5]), np.array([0.3, 0.55]), 0.58)
    lines = one.text().splitlines()
    assert lines[3].endswith("largest 1.20 (seed 1); 1 of 3 above 1")
    assert lines[4].endswith(": 1")
    assert lines[5].endswith(": 1")
