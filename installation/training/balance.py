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
        self._spreads: list[Tensor] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at what they give meanwhile."""
        self._spreads.clear()
        handles = [layer.register_forward_hook(self._look) for layer in self._layers]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _look(self, _: nn.Module, __: Any, features: Tensor) -> None:
        self._spreads.append((features.square().mean((0, 2, 3)) + 1e-4).log().var() / 4)

    def loss(self) -> Tensor:
        """Variance over channels of the logarithm of their size, of what was seen and of the kernels; a scalar."""
        kernels = [layer.weight.abs().amax((1, 2, 3)).clamp(min=1e-3).log().var() for layer in self._layers]
        return torch.stack(self._spreads).mean() + torch.stack(kernels).mean()
