"""Prepares a float32 network for INT8 activations.

The channels between a separable block's two convolutions are kept alike, so that one INT8 scale suits them all.

Cross-layer equalisation (Nagel et al. 2019, arXiv:1906.04721) would do it afterwards, at the price of kernels of very
different size, which one INT4 step does not suit; learned along, both can be had.

And the share that rounding has in what AdaIN normalises is kept small: where large features cancel, or a channel is
faint beside the others, AdaIN would blow up the rounding with the rest.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from installation.training.network import UNIT, Convolution, PaintNetwork, Separable, layers_of
from installation.training.quantization import INNER_PEAK, PEAK


class Balance:
    """Watches the convolutions of a network."""

    def __init__(self, network: PaintNetwork) -> None:
        self._layers = [layer for layer in layers_of(network) if layer.depthwise]
        self._before_adain = [layer for layer in layers_of(network) if layer.before_adain]
        self._first = {m.pointwise: m.depthwise for m in network.modules() if isinstance(m, Separable)}
        self._sizes: dict[nn.Module, list[Tensor]] = {}
        self._rounded: dict[nn.Module, Tensor] = {}
        self._shares: list[Tensor] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at what they give meanwhile."""
        self._sizes.clear()
        self._shares.clear()
        handles = [layer.register_forward_hook(self._look) for layer in self._layers]
        handles += [layer.register_forward_hook(self._look_before_adain) for layer in self._before_adain]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _look(self, layer: Convolution, inputs: tuple[Tensor], features: Tensor) -> None:
        before, own = _rounding(inputs[0], PEAK), _rounding(features, INNER_PEAK)
        self._rounded[layer] = before * layer.weight.square().sum((1, 2, 3)) + own
        self._sizes.setdefault(layer, []).append((features.square().mean((0, 2, 3)) + 1e-4).log() / 2)

    def _look_before_adain(self, layer: Convolution, _: Any, features: Tensor) -> None:
        noise = 4 * _rounding(features, PEAK)  # with a sign, so steps are twice as wide
        if layer in self._first:
            weight = layer.weight[:, :, 0, 0]
            noise = noise + (UNIT / layer.quantize_output.scale) ** 2 * (
                weight.square() @ self._rounded[self._first[layer]]
            )
        share = (noise / (features.var((2, 3)) + 1e-9)).sqrt()
        self._shares.append((share / (1 + share)).mean())

    def rounding(self) -> Tensor:
        """Deviation of rounding beside that of the features before AdaIN, mean over layers and channels, 0…1."""
        return torch.stack(self._shares).mean()

    def loss(self) -> Tensor:
        """Variance of the logarithm of size: over channels, over the passes of a block, and over kernels; a scalar."""
        channels = [size.var() for sizes in self._sizes.values() for size in sizes]
        passes = [torch.stack(sizes).mean(1).var() for sizes in self._sizes.values() if len(sizes) > 1]
        kernels = [layer.weight.abs().amax((1, 2, 3)).clamp(min=1e-3).log().var() for layer in self._layers]
        return sum((torch.stack(group).mean() for group in (channels, passes, kernels)), torch.zeros(()))


def _rounding(x: Tensor, peak: float) -> Tensor:
    """Variance of rounding to INT8's 256 steps from zero to ``peak`` times the root mean square; a scalar."""
    return x.square().mean() * ((peak / 255) ** 2 / 12)
