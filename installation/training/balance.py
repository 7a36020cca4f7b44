"""Prepares a float32 network for INT8 activations.

One loss keeps the channels between the two convolutions of a separable block at similar sizes, so that one INT8 scale
suits all of them. Cross-layer equalisation (Nagel et al. 2019, arXiv:1906.04721) could do this after training, but it
makes kernels of very different sizes, and one INT4 step does not suit those. A network that learns the balance keeps
both its channels and its kernels at similar sizes.

A second loss keeps the rounding error small beside the features that AdaIN normalises. Where large features cancel, or
where a channel is much weaker than the others, AdaIN would amplify the rounding error together with the features.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from installation.training.network import UNIT, Convolution, PaintNetwork, Separable, layers_of
from installation.training.quantization import INNER_PEAK, PEAK


class Balance:
    """Computes both losses from the outputs of a network's convolutions."""

    def __init__(self, network: PaintNetwork) -> None:
        self._layers = [layer for layer in layers_of(network) if layer.depthwise]
        self._before_adain = [layer for layer in layers_of(network) if layer.before_adain]
        self._first = {m.pointwise: m.depthwise for m in network.modules() if isinstance(m, Separable)}
        self._sizes: dict[nn.Module, list[Tensor]] = {}
        self._rounded: dict[nn.Module, Tensor] = {}
        self._shares: list[Tensor] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Record the outputs of the convolutions while the context is open."""
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
        noise = 4 * _rounding(features, PEAK)  # signed values: a step is twice as wide, its variance four times
        if layer in self._first:
            weight = layer.weight[:, :, 0, 0]
            noise = noise + (UNIT / layer.quantize_output.scale) ** 2 * (
                weight.square() @ self._rounded[self._first[layer]]
            )
        share = (noise / (features.var((2, 3)) + 1e-9)).sqrt()
        self._shares.append((share / (1 + share)).mean())

    def rounding(self) -> Tensor:
        """Share of the rounding error in the deviation of the features before AdaIN, 0…1.

        The mean over layers and channels; a scalar.
        """
        return torch.stack(self._shares).mean()

    def loss(self) -> Tensor:
        """Sum of the variances of log size over channels, over the passes of a block and over kernels; a scalar."""
        channels = [size.var() for sizes in self._sizes.values() for size in sizes]
        passes = [torch.stack(sizes).mean(1).var() for sizes in self._sizes.values() if len(sizes) > 1]
        kernels = [layer.weight.abs().amax((1, 2, 3)).clamp(min=1e-3).log().var() for layer in self._layers]
        return sum((torch.stack(group).mean() for group in (channels, passes, kernels)), torch.zeros(()))


def _rounding(x: Tensor, peak: float) -> Tensor:
    """Variance of the error of rounding to INT8; a scalar.

    The 256 values of INT8 cover zero to ``peak`` times the root mean square of ``x``.
    """
    return x.square().mean() * ((peak / 255) ** 2 / 12)
