import numpy as np
import pytest

from installation.errors import NetworkFileError
from installation.network.layers import Layer
from installation.network.runtime import Choice, InferenceSession, runtimes
from installation.network.tflite import NetworkFile
from tests.network.conftest import _shipped
from tests.network.mutants import mutant


def test_a_network_without_adain_has_no_layers(sample):
    assert sample.file.layers() == ()


def test_the_shipped_networks_layers_share_out_the_style_vector():
    subject = _shipped()
    layers = subject.file.layers()
    assert len(layers) >= 4
    taken = np.zeros(subject.file.vector_length, int)
    for layer in layers:
        assert layer.scale.stop - layer.scale.start == layer.shift.stop - layer.shift.start
        taken[layer.scale] += 1
        taken[layer.shift] += 1
    assert taken.max() == 1
    assert taken.sum() >= 0.9 * len(taken)


def test_statistics_are_those_that_the_network_normalises_with():
    subject = _shipped()
    runtime = runtimes()[0]
    session = InferenceSession(subject.file, Choice(runtime.name, runtime.version, "int8", 1), (64, 64), observed=True)
    pixels = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    session.run(pixels, subject.vector, np.empty_like(pixels))
    layer = subject.file.layers()[0]
    mean, deviation = layer.statistics(session.value)
    channels = layer.scale.stop - layer.scale.start
    assert mean.shape == deviation.shape == (channels,)
    features = session.value(layer.features).reshape(-1, channels)
    np.testing.assert_allclose(mean, features.mean(0), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose((features - mean).std(0), deviation, rtol=1e-3, atol=1e-4)


def test_borrowed_statistics_give_the_same_sum():
    rng = np.random.default_rng(2)
    x, mean, whole_mean = rng.normal(size=3).astype(np.float32)
    own = (np.array([mean], np.float32), np.array([0.7], np.float32))
    whole = (np.array([whole_mean], np.float32), np.array([1.9], np.float32))
    vector = np.array([1.3, -0.4], np.float32)
    scale, shift = Layer(0, slice(0, 1), slice(1, 2)).borrowed(vector, own, whole)
    assert (x - own[0]) / own[1] * scale + shift == pytest.approx(
        (x - whole[0]) / whole[1] * vector[0] + vector[1], rel=1e-4
    )


def test_borrowing_keeps_to_the_largest_gain():
    own, whole = (
        (np.array([0.0], np.float32), np.array([2.0], np.float32)),
        (np.array([0.0], np.float32), np.array([0.01], np.float32)),
    )
    scale, _ = Layer(0, slice(0, 1), slice(1, 2)).borrowed(np.array([-3.0, 0.0], np.float32), own, whole)
    assert scale / own[1] == pytest.approx(-1.0)


@pytest.mark.parametrize("seed", range(2500, 2560))
def test_of_whatever_graph_the_layers_are_found_or_not(seed: int) -> None:
    try:
        file = NetworkFile.parse(mutant(seed))
    except NetworkFileError:
        return
    for layer in file.layers():
        assert layer.scale.stop - layer.scale.start == layer.shift.stop - layer.shift.start
