"""Gives every channel before AdaIN weights that suit one INT4 step for the whole tensor.

AdaIN cancels the scale of a channel, so each may be scaled to where its own best step is the tensor's: as good as a
step for every channel, without the bytes. It is cross-layer equalisation (Nagel et al. 2019, arXiv:1906.04721) in
another place.
"""

import torch
from torch import Tensor

from installation.training.network import PaintNetwork, layers_of
from installation.training.quantization import Precision, limit_of, on_grid

_LIMIT = limit_of(Precision.INT4)
_MOST = 2.0
"""Largest factor up or down; more would leave a channel too few of INT8's steps."""


def equalize(network: PaintNetwork) -> None:
    """Scale channels in place; the pictures of the float32 network stay as they are."""
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
    """The INT4 step with the smallest squared rounding error of each output channel."""
    rows = weight.flatten(1)
    largest = rows.abs().amax(1).clamp(min=1e-8) / _LIMIT
    candidates = largest * torch.linspace(1.0, 0.35, 27)[:, None]
    scaled = rows / candidates[:, :, None]
    errors = ((scaled.round().clamp(-_LIMIT, _LIMIT) - scaled) * candidates[:, :, None]).square().sum(2)
    return candidates.gather(0, errors.argmin(0)[None])[0]
