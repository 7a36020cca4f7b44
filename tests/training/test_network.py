"""The trained network and its file are one thing: same pictures, same numbers there and back."""

from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    from torch import Tensor


from installation.network.canvas import plain_canvas  # noqa: E402
from installation.network.runtime import Choice, InferenceSession, runtimes  # noqa: E402
from installation.network.tflite import NetworkFile  # noqa: E402
from installation.training.canvases import canvas_for  # noqa: E402
from installation.training.network import (  # noqa: E402
    FOLD,
    AdaIN,
    Architecture,
    CanvasBatch,
    PaintNetwork,
    fold,
    layers_of,
    unfold,
)
from installation.training.quantization import Precision  # noqa: E402
from installation.training.tflite_export import tflite_bytes  # noqa: E402
from installation.training.tflite_import import read_network  # noqa: E402

SIZE = 256


@pytest.fixture(scope="module")
def network() -> PaintNetwork:
    """Random weights, ranges seen on a few pictures, INT4."""
    torch.manual_seed(3)
    net = PaintNetwork(Architecture(stem=16, body=16, body_passes=2))
    net.eval()
    net.set_observing(True)
    with torch.no_grad():
        for _ in range(3):
            photo = torch.rand(1, 3, 64, 64)
            net(photo, style(net), canvas(net, photo))
    net.set_observing(False)
    net.set_precision(Precision.INT4)
    return net


def style(net: PaintNetwork) -> "Tensor":
    parts = [torch.full((c,), value) for c in net.architecture.adain_channels for value in (0.4, 0.1)]
    return torch.cat([*parts, torch.full((1,), 0.3)])[None]


def canvas(net: PaintNetwork, photo: "Tensor") -> CanvasBatch:
    return canvas_for(photo, net.architecture.pad)


def test_fold_and_unfold_are_inverse():
    x = torch.rand(2, 3, 8, 6)
    assert torch.equal(unfold(fold(x, 2), 2), x)


def test_the_trunk_sees_means_of_four_pixels(network):
    x = torch.rand(1, 3, 16, 32)
    coarse = network.coarsen(fold(fold(x, 2), 2))
    assert torch.allclose(unfold(coarse, 2), torch.nn.functional.avg_pool2d(x, 2), atol=1e-6)
    assert coarse.shape[-2:] == (16 // FOLD, 32 // FOLD)


def test_the_style_vector_has_the_length_that_the_architecture_says(network):
    assert style(network).shape[1] == network.architecture.style_length


def test_weights_are_on_the_int4_grid_but_those_of_colours(network):
    layers = layers_of(network)
    for layer in layers:
        integers, step = layer.quantize_weight.integers(layer.weight)
        assert (integers.abs().max() <= 7) == (layer not in (network.hidden, network.fine))
        assert torch.allclose(layer.quantize_weight(layer.weight), integers * step, atol=1e-6)


def test_adain_does_not_blow_up_what_is_all_but_flat():
    x = torch.zeros(1, 2, 8, 8)
    x[0, 0, 3, 3] = 1.0
    scale, shift = torch.tensor([3.0, -3.0]).view(1, 2, 1, 1), torch.full((1, 2, 1, 1), 0.25)
    painted = AdaIN(relu=False)(x, scale, shift)
    assert torch.allclose(painted[:, :1], x[:, :1] - 1 / 64 + 0.25)
    assert torch.equal(painted[:, 1:], shift[:, 1:].expand(1, 1, 8, 8))


def test_the_file_paints_what_the_network_paints(network, tmp_path):
    path = tmp_path / "network.tflite"
    path.write_bytes(tflite_bytes(network))
    x = np.random.default_rng(0).integers(0, 256, (SIZE // 16, SIZE // 16, 3), dtype=np.uint8)
    x = np.kron(x, np.ones((16, 16, 1), np.uint8))
    file, runtime = NetworkFile.load(path), runtimes()[0]
    assert file.canvas is not None
    laid = plain_canvas(SIZE, SIZE, file.canvas)
    with torch.no_grad():
        photo = torch.from_numpy(x).permute(2, 0, 1)[None].float() / 255
        parts = (torch.from_numpy(part).permute(2, 0, 1)[None] for part in (laid.strokes, laid.bristles))
        same = CanvasBatch(*((part.float() + 128) / 255 for part in parts))
        wanted = network(photo, style(network), same)[0].clamp(0, 1).permute(1, 2, 0).numpy() * 255
    session = InferenceSession(file, Choice(runtime.name, runtime.version, "int4", 1), (SIZE, SIZE))
    painted = np.empty_like(x)
    session.run(x, style(network)[0].numpy().astype(np.float32), painted)
    assert painted.std() > 1
    assert np.abs(painted - wanted).mean() < 3


def test_a_file_read_back_writes_the_same_bytes(network, tmp_path):
    data = tflite_bytes(network)
    path = tmp_path / "network.tflite"
    path.write_bytes(data)
    again = read_network(path)
    assert again.architecture == network.architecture
    assert tflite_bytes(again) == data
