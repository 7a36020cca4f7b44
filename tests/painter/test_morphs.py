"""Morphs of the shipped collection, frame by frame."""

from itertools import pairwise

import numpy as np
import pytest

from installation.collection import Collection
from installation.network.probe import sample_picture
from installation.network.sizes import class_size
from installation.painter.still import StillPainter
from installation.show.transitions import Morph

FRAMES = 30


@pytest.mark.parametrize("place", range(0, 15, 3))
def test_no_frame_of_a_morph_jumps(place: int) -> None:
    collection = Collection.load(None)
    names = collection.names
    one, other = names[place % len(names)], names[(place + 1) % len(names)]
    painter, scene = StillPainter(collection), sample_picture(*class_size(256, 16 / 9))
    morph = Morph({one: 1.0}, {other: 1.0}, 0.0, 1.0)
    pictures = [painter.paint_pixels(scene, morph.at(frame / FRAMES), 1.0).astype(int) for frame in range(FRAMES + 1)]
    steps = [float(np.abs(new - old).mean()) for old, new in pairwise(pictures)]
    whole = float(np.abs(pictures[-1] - pictures[0]).mean())
    assert whole > 5, "the two styles look alike"
    assert max(steps) < 0.25 * whole + 2, f"{one} to {other}: {steps}"
