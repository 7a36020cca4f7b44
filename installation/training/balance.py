"""Keeps the channels between a separable block's two convolutions alike, so that one INT8 scale suits them all.

Cross-layer equalisation (Nagel et al. 2019, arXiv:1906.04721) would do it afterwards, at the price of kernels of very
different size, which one INT4 step does not suit; learned along, both can be had.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from installation.training.network import Convolution, PaintNetwork


class Balance:
    """Watches the depthwise convolutions of a network."""

    def __init__(self, network: PaintNetwork) -> None:
        self._layers = [m for m in network.modules() if isinstance(m, Convolution) and m.depthwise]
        self._sizes: dict[nn.Module, list[Tensor]] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at what they give meanwhile."""
        self._sizes.clear()
        handles = [layer.register_forward_hook(self._look) for layer in self._layers]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _look(self, layer: nn.Module, _: Any, features: Tensor) -> None:
        self._sizes.setdefault(layer, []).append((features.square().mean((0, 2, 3)) + 1e-4).log() / 2)

    def loss(self) -> Tensor:
        """Variance of the logarithm of size: over channels, over the passes of a block, and over kernels; a scalar."""
        channels = [size.var() for sizes in self._sizes.values() for size in sizes]
        passes = [torch.stack(sizes).mean(1).var() for sizes in self._sizes.values() if len(sizes) > 1]
        kernels = [layer.weight.abs().amax((1, 2, 3)).clamp(min=1e-3).log().var() for layer in self._layers]
        return sum((torch.stack(group).mean() for group in (channels, passes, kernels)), torch.zeros(()))
