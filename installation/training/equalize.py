"""Scales the channels before AdaIN so that one INT4 step suits the whole weight tensor.

AdaIN cancels the scale of a channel. Each channel may therefore be scaled until its own best step equals the tensor's
step. This is as good as one step per channel and takes no bytes for a table of steps. The method is cross-layer
equalisation (Nagel et al. 2019, arXiv:1906.04721), applied before AdaIN.
"""

import torch
from torch import Tensor

from installation.training.network import PaintNetwork, layers_of
from installation.training.quantization import Precision, limit_of, on_grid

_LIMIT = limit_of(Precision.INT4)
_MOST = 2.0
"""Largest factor up or down; with more, a channel would use too few INT8 steps."""


def equalize(network: PaintNetwork) -> None:
    """Scale the channels in place; the float32 network still paints the same pictures."""
    for layer in layers_of(network):
        if not layer.before_adain:
            continue
        steps = _best_steps(layer.weight.detach())
        factor = (on_grid(float(steps.log().mean().exp())) / steps).clamp(1 / _MOST, _MOST)
        with torch.no_grad():
            layer.weight.mul_(factor.view(-1, 1, 1, 1))
            if layer.bias is not None:
                layer.bias.mul_(factor)


def _best_steps(weight: Tensor) -> Tensor:
    """For each output channel, the INT4 step with the smallest squared rounding error; [outputs]."""
    rows = weight.flatten(1)
    largest = rows.abs().amax(1).clamp(min=1e-8) / _LIMIT
    candidates = largest * torch.linspace(1.0, 0.35, 27)[:, None]
    scaled = rows / candidates[:, :, None]
    errors = ((scaled.round().clamp(-_LIMIT, _LIMIT) - scaled) * candidates[:, :, None]).square().sum(2)
    return candidates.gather(0, errors.argmin(0)[None])[0]
