"""Rounds weights to INT4 one after the other, each time letting those not yet rounded make up for the error.

GPTQ (Frantar et al. 2023, arXiv:2210.17323): what counts is the error of a layer's *output*, so the inputs' second
moments tell how much one weight can stand in for another. Layer by layer, on what the layers before give once rounded.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from installation.training.network import Convolution, PaintNetwork, layers_of
from installation.training.quantization import Precision

_DAMPING = 0.01
"""Share of the mean diagonal that is added to the second moments, so that they can be inverted."""


def round_weights(network: PaintNetwork, run: Callable[[], None]) -> None:
    """Round all weights in place, to the steps that suit them: the network is at INT4 then.

    Args:
        network: at INT8, its channels equalised.
        run: paints a few pictures with it, always the same.
    """
    for layer in layers_of(network):
        moments = _second_moments(layer, run)
        layer.quantize_weight.start(Precision.INT4, layer.weight)
        step, limit = layer.quantize_weight.step, layer.quantize_weight.limit
        rows = layer.weight.detach().flatten(1)
        # A group is what shares its inputs: all outputs, or each channel of a depthwise convolution by itself.
        groups = zip(rows.chunk(layer.groups), moments, strict=True)
        rounded = torch.cat([_rounded(group, moment, step, limit) for group, moment in groups])
        layer.weight.data.copy_(rounded.view_as(layer.weight))


def _second_moments(layer: Convolution, run: Callable[[], None]) -> Tensor:
    """Sums of products of the inputs to each group, [groups, weights, weights] (weights of one output)."""
    weights = layer.weight[0].numel()
    moments = torch.zeros(layer.groups, weights, weights)

    def look(_: Convolution, inputs: tuple[Tensor, ...]) -> None:
        for picture in inputs[0]:
            seen = _patches(layer, picture[None])
            if layer.before_adain:
                seen = seen - seen.mean(2, keepdim=True)
            product = seen @ seen.transpose(1, 2) / seen.shape[2]
            if layer.before_adain:
                # AdaIN takes the mean away and brings every picture to the same strength.
                product = product / (product.diagonal(dim1=1, dim2=2).mean() + 1e-9)
            moments.add_(product)

    handle = layer.register_forward_pre_hook(look)
    with torch.no_grad():
        run()
    handle.remove()
    return moments


def _patches(layer: Convolution, x: Tensor) -> Tensor:
    """What each output position sees, [groups, weights, positions]."""
    if layer.stride == 2:
        columns = F.unfold(F.pad(x, (0, 1, 0, 1)), layer.kernel, stride=2)
    else:
        columns = F.unfold(x, layer.kernel, padding=layer.kernel // 2)
    return columns.view(layer.groups, -1, columns.shape[2])


def _rounded(rows: Tensor, moments: Tensor, step: float, limit: int) -> Tensor:
    """``rows`` [outputs, weights] on the grid, with the smallest error of the outputs that going through once finds."""
    damped = moments + torch.eye(len(moments)) * (_DAMPING * moments.diagonal().mean() + 1e-9)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(damped))
    upper = torch.linalg.cholesky(inverse, upper=True)
    left, rounded = rows.clone(), torch.empty_like(rows)
    for index in range(rows.shape[1]):
        rounded[:, index] = (left[:, index] / step).round().clamp(-limit, limit) * step
        error = (left[:, index] - rounded[:, index]) / upper[index, index]
        left[:, index:] -= error[:, None] * upper[index, index:]
    return rounded
