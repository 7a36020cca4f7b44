"""Draws the weights to the INT4 grid while the float32 network still learns from the teacher.

First gently, so that weights that matter stay between two steps as long as the others can make up for it; in the end
hardly anything is left to round. It is ProxQuant (Bai et al. 2019, arXiv:1810.00861) with the squared distance to the
grid: after each step of the optimiser, weights go a share of the way. Rounding in the forward pass instead, with
gradients passed straight through, lets them hop at the rates at which a network still learns to paint.
"""

import torch

from installation.training.equalize import equalize
from installation.training.network import PaintNetwork, layers_of
from installation.training.quantization import Precision


class Settling:
    """Owns the grid of one network; its steps stay as they are from the start, and are kept with the weights."""

    def __init__(self, network: PaintNetwork) -> None:
        self._layers = [layer for layer in layers_of(network) if not layer.quantize_weight.fine]
        self._network = network

    def begin(self) -> None:
        """Equalise the channels, then choose the steps."""
        equalize(self._network)
        for layer in self._layers:
            layer.quantize_weight.choose_step(Precision.INT4, layer.weight)

    def draw(self, share: float) -> None:
        """Move every weight by ``share`` (0…1) of its distance to the grid."""
        with torch.no_grad():
            for layer in self._layers:
                layer.weight.lerp_(layer.quantize_weight.nearest(layer.weight, Precision.INT4), share)

    def distance(self) -> float:
        """Root mean square of what is left, in steps: 0…0.5, evenly spread weights have 0.29."""
        left = [
            (layer.weight - layer.quantize_weight.nearest(layer.weight, Precision.INT4)) / layer.quantize_weight.step
            for layer in self._layers
        ]
        return float(torch.cat([x.detach().flatten() for x in left]).square().mean().sqrt())
