"""Channels before AdaIN are scaled to one INT4 step, which changes no picture."""

import pytest

torch = pytest.importorskip("torch")

from installation.training.canvases import canvas_for  # noqa: E402
from installation.training.equalize import equalize  # noqa: E402
from installation.training.network import Architecture, PaintNetwork  # noqa: E402
from installation.training.quantization import Precision, WeightQuantizer  # noqa: E402

SMALL = Architecture(stem=16, body=16)


@pytest.fixture
def network():
    torch.manual_seed(6)
    network = PaintNetwork(SMALL)
    for layer in (network.stem, network.body.pointwise):
        layer.weight.data *= torch.linspace(0.7, 1.5, 16).view(-1, 1, 1, 1)
    assert network.stem.bias is not None
    network.stem.bias.data += 0.1
    return network.eval()


def painted(network):
    torch.manual_seed(7)
    with torch.no_grad():
        photo = torch.rand(1, 3, 64, 64)
        return network(photo, torch.ones(1, SMALL.style_length), canvas_for(photo, SMALL.pad))


def relative_error(weight):
    quantizer = WeightQuantizer()
    quantizer.start(Precision.INT4, weight)
    return ((quantizer(weight) - weight).norm() / weight.norm()).item()


def test_pictures_stay_as_they_are(network):
    before, stem = painted(network), network.stem.weight.clone()
    equalize(network)
    assert not torch.allclose(network.stem.weight, stem)
    assert torch.allclose(painted(network), before, atol=2e-3)


def test_one_step_suits_the_weights_better(network):
    layers = (network.stem, network.body.pointwise)
    before = [relative_error(layer.weight) for layer in layers]
    equalize(network)
    after = [relative_error(layer.weight) for layer in layers]
    assert all(a < b for a, b in zip(after, before, strict=True))


def test_a_channel_without_weights_stays_so(network):
    network.stem.weight.data[3] = 0.0
    equalize(network)
    assert torch.isfinite(network.stem.weight).all()
    assert not network.stem.weight[3].any()
