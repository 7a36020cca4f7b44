"""Weights drawn to the INT4 grid end there, and stay when they are rounded."""

import pytest

torch = pytest.importorskip("torch")

from installation.training.network import Architecture, PaintNetwork  # noqa: E402
from installation.training.quantization import Precision  # noqa: E402
from installation.training.settle import Settling  # noqa: E402


@pytest.fixture
def network():
    torch.manual_seed(3)
    return PaintNetwork(Architecture(stem=16, body=16)).eval()


def test_each_draw_takes_a_share_of_the_way(network):
    settling = Settling(network)
    settling.begin()
    before = settling.distance()
    settling.draw(0.25)
    assert 0.2 < before < 0.35
    assert settling.distance() == pytest.approx(0.75 * before, rel=1e-3)


def test_settled_weights_lose_nothing_at_int4(network):
    settling = Settling(network)
    settling.begin()
    settling.draw(1.0)
    assert settling.distance() == pytest.approx(0.0, abs=1e-5)
    layer = network.body.pointwise
    layer.weight.data.clamp_(-4 * layer.quantize_weight.step, 4 * layer.quantize_weight.step)
    settled = [layer.weight.clone() for layer in (network.stem, network.body.depthwise, network.body.pointwise)]
    network.set_precision(Precision.INT4)
    for layer, weight in zip((network.stem, network.body.depthwise, network.body.pointwise), settled, strict=True):
        assert torch.allclose(layer.quantize_weight(layer.weight), weight, atol=1e-6)


def test_the_last_convolutions_keep_int8_and_are_not_drawn(network):
    before = network.fine.weight.clone()
    settling = Settling(network)
    settling.begin()
    settling.draw(1.0)
    assert torch.equal(network.fine.weight, before)
