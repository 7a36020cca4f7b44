"""The engine paints what `stylize` paints, whatever the sizes and styles of a batch."""

import numpy as np
import pytest
from PIL import Image

from installation.cli import main
from installation.errors import RuntimeMissing
from installation.painter.still import StillPainter
from installation.server import engine as engine_module
from installation.server.engine import Engine, Job
from tests.server.conftest import alike, pixels, portrait


@pytest.mark.parametrize("size", [(256, 256), (300, 200), (129, 500)])
def test_it_paints_what_stylize_paints(engine, collection, size):
    mix, strength = {collection.names[0]: 0.6, collection.names[1]: 0.4}, 0.8
    expected = StillPainter(collection).paint(portrait(*size), mix, strength)
    [picture] = engine.paint([Job(pixels(*size), collection.vector(mix, strength))])
    difference = np.abs(picture.astype(int) - np.asarray(expected))
    assert picture.shape == (size[1], size[0], 3)
    assert difference.mean() < 1


def test_a_batch_of_many_sizes_and_styles_comes_back_in_order(engine, collection):
    sizes = [(64, 64), (256, 128), (100, 64), (256, 128), (64, 64)]
    jobs = [Job(pixels(*size), collection[name].vector) for size, name in zip(sizes, collection.names, strict=False)]
    pictures = engine.paint(jobs)
    for job, picture in zip(jobs, pictures, strict=True):
        [alone] = engine.paint([job])
        assert alike(picture, alone)


def test_strength_0_is_nearly_the_photo(engine, collection):
    [picture] = engine.paint([Job(pixels(), collection.vector({collection.names[0]: 1.0}, 0.0))])
    # A little paler, by the network's own account: its training weighs strokes against the plain mirror's colours.
    assert np.abs(picture.astype(int) - pixels()).mean() < 6
    assert np.corrcoef(picture.mean(2).ravel(), pixels().mean(2).ravel())[0, 1] > 0.98


def test_it_keeps_few_canvases(engine, collection):
    for edge in range(64, 64 + 16 * 12, 16):
        engine.paint([Job(pixels(edge, 64), collection.photo.vector)])
    assert len(engine._canvases) <= engine_module._CANVASES


def test_a_provider_that_is_not_here_is_named(collection):
    with pytest.raises(RuntimeMissing, match="no provider 'cuda', only cpu"):
        Engine(collection, "cuda")


def test_serve_says_so_in_one_sentence(capsys):
    assert main(["serve", "--provider", "openvino"]) == 1
    assert "no provider 'openvino'" in capsys.readouterr().err


def test_pictures_are_of_bytes(engine, collection):
    [picture] = engine.paint([Job(pixels(80, 80), collection.photo.vector)])
    assert Image.fromarray(np.ascontiguousarray(picture)).size == (80, 80)
