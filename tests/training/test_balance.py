"""What prepares a float32 network for INT4."""

import pytest

torch = pytest.importorskip("torch")

from installation.training.balance import Balance  # noqa: E402
from installation.training.canvases import canvas_for  # noqa: E402
from installation.training.network import Architecture, PaintNetwork  # noqa: E402
from installation.training.quantization import Dither, Precision, WeightQuantizer  # noqa: E402

SMALL = Architecture(stem=16, body=16)


@pytest.fixture
def network():
    torch.manual_seed(5)
    return PaintNetwork(SMALL)


def painted(network, photo):
    style = torch.ones(1, SMALL.style_length)
    return network(photo, style, canvas_for(photo, SMALL.pad))


def unbalance(network, factor):
    """The same pictures from one channel that dwarfs the others."""
    network.body.depthwise.weight.data[0] *= factor
    network.body.pointwise.weight.data[:, 0] /= factor


def test_one_channel_that_dwarfs_the_others_costs(network):
    balance, photo = Balance(network), torch.rand(1, 3, 64, 64)
    with balance.watching():
        before = painted(network, photo)
    even = float(balance.loss().detach())
    unbalance(network, 100)
    with balance.watching():
        after = painted(network, photo)
    assert torch.allclose(before, after, atol=1e-3)
    assert float(balance.loss().detach()) > even + 0.1


def test_a_faint_channel_before_adain_costs(network):
    balance, photo = Balance(network), torch.rand(1, 3, 64, 64)
    with balance.watching():
        before = painted(network, photo)
    even = float(balance.rounding().detach())
    network.stem.weight.data[:8] /= 50
    with balance.watching():
        after = painted(network, photo)
    assert torch.allclose(before, after, atol=1e-2), "AdaIN gives the channel back its strength"
    assert float(balance.rounding().detach()) > even + 0.005


def test_the_share_of_rounding_is_about_what_rounding_adds(network):
    balance, photo, features = Balance(network), torch.rand(1, 3, 64, 64), []
    network.eval()
    network.set_observing(True)
    network.down.pointwise.register_forward_hook(lambda layer, inputs, out: features.append(out))
    with torch.no_grad():
        painted(network, photo)
        network.set_observing(False)
        with balance.watching():
            painted(network, photo)
        for layer in (network.stem_adain, network.down.depthwise, network.down.pointwise):
            layer.quantize_output.precision = Precision.INT8
        painted(network, photo)
    *_, exact, rounded = features
    added = float(((rounded - exact).std((2, 3)) / exact.std((2, 3))).mean())
    assert 0.5 < float(balance._shares[1]) / added < 2


def test_it_sees_nothing_when_it_does_not_watch(network):
    balance, photo = Balance(network), torch.rand(1, 3, 64, 64)
    with balance.watching():
        painted(network, photo)
    seen = float(balance.loss().detach())
    painted(network, 0.2 * photo)
    assert float(balance.loss().detach()) == seen


def test_int4_takes_a_step_on_the_grid_that_suits_the_weights():
    weight = torch.cat(
        [0.088 * torch.arange(-7.0, 8.0).repeat(10), torch.tensor([0.9])]
    )  # one that is not worth a wider step
    quantizer = WeightQuantizer()
    quantizer.start(Precision.INT4, weight)
    assert quantizer.step == pytest.approx(2**-3.5)
    integers, step = quantizer.integers(weight)
    assert integers.abs().max() == 7
    assert torch.allclose(quantizer(weight), integers * step)


def test_dither_is_even_and_of_the_shape_asked_for_however_large():
    dither = Dither(1000)
    for shape in ((7,), (10, 10, 20)):
        noise = dither.like(torch.zeros(shape))
        assert noise.shape == shape
        assert float(noise.abs().max()) <= 0.5
        assert abs(float(noise.mean())) < 0.3


def test_at_first_the_picture_is_all_but_the_photo(network):
    photo = torch.rand(1, 3, 64, 64)
    network.eval()
    with torch.no_grad():
        network.tail.weight.zero_()
        style = torch.zeros(1, SMALL.style_length)
        style[:, -1] = 0.5
        assert (network(photo, style, canvas_for(photo, SMALL.pad)) - photo).abs().mean() < 0.12
