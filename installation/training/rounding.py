"""Rounds weights to INT4 one after the other; after each, the weights not yet rounded compensate for its error.

This is GPTQ (Frantar et al. 2023, arXiv:2210.17323). It minimises the error of a layer's *output*, so the second
moments of the layer's inputs determine how much one weight can compensate for another. It goes layer by layer; each
layer gets its inputs from the layers before it, which are already rounded.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from installation.training.network import Convolution, PaintNetwork, layers_of
from installation.training.quantization import Precision

_DAMPING = 0.01
"""Share of the mean of the diagonal that is added to the diagonal, so that the second moments can be inverted."""


def round_weights(network: PaintNetwork, run: Callable[[], None]) -> None:
    """Choose the steps and round all weights in place; afterwards the network is at INT4.

    Args:
        network: the network at INT8, with equalised channels.
        run: paints a few pictures with the network, the same ones at each call.
    """
    for layer in layers_of(network):
        moments = _second_moments(layer, run)
        layer.quantize_weight.start(Precision.INT4, layer.weight)
        step, limit = layer.quantize_weight.step, layer.quantize_weight.limit
        rows = layer.weight.detach().flatten(1)
        # Outputs that share inputs form a group: all outputs, or each channel of a depthwise convolution.
        groups = zip(rows.chunk(layer.groups), moments, strict=True)
        rounded = torch.cat([_rounded(group, moment, step, limit) for group, moment in groups])
        layer.weight.data.copy_(rounded.view_as(layer.weight))


def _second_moments(layer: Convolution, run: Callable[[], None]) -> Tensor:
    """Second moments of each group's inputs, [groups, weights, weights]; ``weights`` is their number for one output."""
    weights = layer.weight[0].numel()
    moments = torch.zeros(layer.groups, weights, weights)

    def look(_: Convolution, inputs: tuple[Tensor, ...]) -> None:
        for picture in inputs[0]:
            seen = _patches(layer, picture[None])
            if layer.before_adain:
                seen = seen - seen.mean(2, keepdim=True)
            product = seen @ seen.transpose(1, 2) / seen.shape[2]
            if layer.before_adain:
                # AdaIN removes the mean and normalises every picture to the same variance.
                product = product / (product.diagonal(dim1=1, dim2=2).mean() + 1e-9)
            moments.add_(product)

    handle = layer.register_forward_pre_hook(look)
    with torch.no_grad():
        run()
    handle.remove()
    return moments


def _patches(layer: Convolution, x: Tensor) -> Tensor:
    """The inputs that each output position sees, [groups, weights, positions]."""
    if layer.stride == 2:
        columns = F.unfold(F.pad(x, (0, 1, 0, 1)), layer.kernel, stride=2)
    else:
        columns = F.unfold(x, layer.kernel, padding=layer.kernel // 2)
    return columns.view(layer.groups, -1, columns.shape[2])


def _rounded(rows: Tensor, moments: Tensor, step: float, limit: int) -> Tensor:
    """Round ``rows`` [outputs, weights] to the grid in one pass, from the first weight to the last.

    The weights that are still to come compensate for the error of each rounded weight, so that the error of the outputs
    stays small. ``moments`` [weights, weights] are the second moments of the inputs.
    """
    damped = moments + torch.eye(len(moments)) * (_DAMPING * moments.diagonal().mean() + 1e-9)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(damped))
    upper = torch.linalg.cholesky(inverse, upper=True)
    left, rounded = rows.clone(), torch.empty_like(rows)
    for index in range(rows.shape[1]):
        rounded[:, index] = (left[:, index] / step).round().clamp(-limit, limit) * step
        error = (left[:, index] - rounded[:, index]) / upper[index, index]
        left[:, index:] -= error[:, None] * upper[index, index:]
    return rounded
