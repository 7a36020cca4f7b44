"""Rounding with care leaves less error in what a layer gives."""

import pytest

torch = pytest.importorskip("torch")

from installation.training.canvases import canvas_for  # noqa: E402
from installation.training.equalize import equalize  # noqa: E402
from installation.training.network import Architecture, PaintNetwork, layers_of  # noqa: E402
from installation.training.quantization import Precision  # noqa: E402
from installation.training.rounding import round_weights  # noqa: E402

SMALL = Architecture(stem=16, body=16)


@pytest.fixture
def network():
    torch.manual_seed(8)
    network = PaintNetwork(SMALL).eval()
    network.set_observing(True)
    paint(network)
    network.set_observing(False)
    equalize(network)
    network.set_precision(Precision.INT8)
    return network


def paint(network):
    torch.manual_seed(9)
    photos = torch.nn.functional.interpolate(torch.rand(4, 3, 12, 12), (64, 64), mode="bilinear")
    with torch.no_grad():
        return network(photos, torch.ones(1, SMALL.style_length).expand(4, -1), canvas_for(photos, SMALL.pad))


def test_the_stem_gives_more_nearly_what_it_gave(network):
    given = []
    network.stem.register_forward_hook(lambda layer, inputs, output: given.append(output))
    paint(network)
    weight = network.stem.weight.clone()
    network.set_precision(Precision.INT4)
    paint(network)
    network.set_precision(Precision.INT8)
    round_weights(network, lambda: paint(network))
    assert not torch.equal(network.stem.weight, weight)
    paint(network)
    exact, nearest, careful = given[0], given[1], given[-1]
    assert (careful - exact).var((2, 3)).mean() < 0.8 * (nearest - exact).var((2, 3)).mean()


def test_all_weights_are_on_their_grids(network):
    round_weights(network, lambda: paint(network))
    for layer in layers_of(network):
        integers, step = layer.quantize_weight.integers(layer.weight)
        assert torch.allclose(integers * step, layer.weight, atol=1e-6)
    assert network.stem.quantize_weight.precision == Precision.INT4
    assert network.fine.quantize_weight.precision == Precision.INT8
    assert torch.isfinite(paint(network)).all()
