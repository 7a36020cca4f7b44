"""Moves the weights towards the INT4 grid while the float32 network still learns from the teacher.

The pull is gentle at first, so that important weights stay between two steps until other weights compensate for them.
At the end, hardly anything is left to round. The method is ProxQuant (Bai et al. 2019, arXiv:1810.00861) with the
squared distance to the grid: after each step of the optimiser, every weight moves a share of its distance. The
alternative, rounding in the forward pass with straight-through gradients, makes weights hop between steps at the
learning rates that this stage still needs.
"""

import torch

from installation.training.equalize import equalize
from installation.training.network import PaintNetwork, layers_of
from installation.training.quantization import Precision


class Settling:
    """Moves one network's weights to its grid; `begin` fixes the grid's steps, and checkpoints keep them."""

    def __init__(self, network: PaintNetwork) -> None:
        self._layers = [layer for layer in layers_of(network) if not layer.quantize_weight.fine]
        self._network = network

    def begin(self) -> None:
        """Equalise the channels, then choose the step of each layer."""
        equalize(self._network)
        for layer in self._layers:
            layer.quantize_weight.choose_step(Precision.INT4, layer.weight)

    def draw(self, share: float) -> None:
        """Move every weight by ``share`` (0…1) of its distance to the grid."""
        with torch.no_grad():
            for layer in self._layers:
                layer.weight.lerp_(layer.quantize_weight.nearest(layer.weight, Precision.INT4), share)

    def distance(self) -> float:
        """Root mean square distance of the weights to the grid, in steps: 0…0.5; evenly spread weights give 0.29."""
        left = [
            (layer.weight - layer.quantize_weight.nearest(layer.weight, Precision.INT4)) / layer.quantize_weight.step
            for layer in self._layers
        ]
        return float(torch.cat([x.detach().flatten() for x in left]).square().mean().sqrt())
