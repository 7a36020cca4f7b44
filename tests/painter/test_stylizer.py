import tracemalloc

import numpy as np
import pytest

from installation.errors import NetworkFileError, UsageError
from installation.network.probe import sample_picture
from installation.network.runtime import Choice
from installation.network.tflite import NetworkFile
from installation.painter.stylizer import Stylizer
from tests.network.sample import Subject, sample_network


def test_it_paints(subject: Subject, choice: Choice) -> None:
    stylizer = Stylizer(subject.file, choice, 256, subject.vector)
    picture = stylizer.paint(sample_picture(256, 256), subject.vector)
    assert picture.shape == (256, 256, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 5
    assert stylizer.size == 256


def test_other_shapes(subject: Subject, choice: Choice) -> None:
    stylizer = Stylizer(subject.file, choice, (192, 384))
    assert stylizer.paint(sample_picture(192, 384), subject.vector).shape == (192, 384, 3)
    assert (stylizer.height, stylizer.width) == (192, 384)


def test_the_style_matters(subject: Subject, choice: Choice) -> None:
    stylizer = Stylizer(subject.file, choice, 256)
    first = stylizer.paint(sample_picture(256, 256), subject.vector).copy()
    second = stylizer.paint(sample_picture(256, 256), subject.vector * 0.5)
    assert not np.array_equal(first, second)


def test_a_picture_stays_until_the_next_but_one(sample: Subject, choice: Choice) -> None:
    stylizer = Stylizer(sample.file, choice, 256)
    first = stylizer.paint(sample_picture(256, 256), sample.vector)
    kept = first.copy()
    stylizer.paint(255 - sample_picture(256, 256), sample.vector)
    assert np.array_equal(first, kept)
    assert stylizer.paint(sample_picture(256, 256), sample.vector) is first


def test_painting_allocates_no_picture(subject: Subject, choice: Choice) -> None:
    stylizer = Stylizer(subject.file, choice, 256)
    frame = sample_picture(256, 256)
    stylizer.paint(frame, subject.vector)
    tracemalloc.start()
    try:
        for _ in range(5):
            stylizer.paint(frame, subject.vector)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40_000, "numpy's own buffer for a conversion has 32,768 bytes, a picture 196,608"


def test_the_arena_is_small(subject: Subject, choice: Choice) -> None:
    assert 0 < Stylizer(subject.file, choice, 256).arena_bytes <= 12_000_000


def test_a_dead_network_is_refused(choice: Choice) -> None:
    dead = NetworkFile.parse(sample_network(dead=True))
    with pytest.raises(NetworkFileError, match="dead: it paints the same picture"):
        Stylizer(dead, choice, 256)


def test_nan_is_refused(sample: Subject, choice: Choice) -> None:
    with pytest.raises(NetworkFileError, match="dead"):
        Stylizer(sample.file, choice, 256, np.full_like(sample.vector, np.nan))


def test_a_size_that_cannot_be(sample: Subject, choice: Choice) -> None:
    with pytest.raises(UsageError, match="size 100×100 cannot be painted"):
        Stylizer(sample.file, choice, 100)
