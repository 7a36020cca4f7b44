"""Fake quantisation for training: the arithmetic of the integer kernels, with straight-through gradients."""

import math
from enum import IntEnum

import torch
from torch import Tensor, nn

PEAK = 4.0
"""Activations are clipped at this many times their root mean square, which leaves finer steps for the rest.

Float32 training clips them too. Edges give large values, but on a plain wall the paint depends on signals of a few
steps.
"""
INNER_PEAK = 2.8
"""The same limit between the two convolutions of a separable block, where rounding shows most in the picture."""


class Precision(IntEnum):
    """Stages of progressive quantisation."""

    FP32 = 32
    INT8 = 8
    INT4 = 4


def on_grid(step: float) -> float:
    """The power of √2 nearest to ``step``.

    Steps on this coarse grid are often equal, and the file stores equal records once.
    """
    return float(2.0 ** (round(2.0 * math.log2(step)) / 2.0))


def above_on_grid(step: float) -> float:
    """The smallest power of √2 that is not below ``step``."""
    return float(2.0 ** (math.ceil(2.0 * math.log2(step) - 1e-6) / 2.0))


class WeightQuantizer(nn.Module):
    """Quantises weights symmetrically, with one fixed step for the tensor on the grid of powers of √2.

    One step suits the whole tensor because the AdaIN (or the ReLU and convolution) that follows cancels any factor of a
    channel. The file then needs no table of scales for each convolution. The step is not learned, as LSQ would do: on
    the coarse grid it would hop between two values, and every hop would round the whole tensor anew. ``fine`` weights
    stay at INT8 or above.
    """

    log_step: Tensor

    def __init__(self, fine: bool = False) -> None:
        super().__init__()
        self.register_buffer("log_step", torch.zeros(()))
        self.precision, self.fine = Precision.FP32, fine

    @property
    def limit(self) -> int:
        """Largest magnitude of an integer weight: 7 or 127."""
        return limit_of(self.precision)

    @property
    def step(self) -> float:
        """Real value of one integer step."""
        return on_grid(float(self.log_step.exp()))

    def start(self, precision: Precision, weight: Tensor) -> None:
        """Switch to ``precision`` and choose the step with the smallest rounding error of these weights."""
        self.precision = max(precision, Precision.INT8) if self.fine else precision
        if self.precision != Precision.FP32:
            self.choose_step(self.precision, weight)

    def choose_step(self, precision: Precision, weight: Tensor) -> None:
        """Choose the step with the smallest rounding error of these weights at ``precision``."""
        self.log_step.fill_(math.log(_best_step(weight.detach(), limit_of(precision))))

    def nearest(self, weight: Tensor, precision: Precision) -> Tensor:
        """The weights rounded to multiples of the step, clipped to the range of ``precision``."""
        return self._rounded(weight, precision) * self.step

    def forward(self, weight: Tensor) -> Tensor:
        """The weights as the integer kernel has them: rounded, unless the stage is float32."""
        if self.precision == Precision.FP32:
            return weight
        step = self.step
        scaled = (weight / step).clamp(-self.limit, self.limit)
        return step * (scaled + (scaled.round() - scaled).detach())

    def integers(self, weight: Tensor) -> tuple[Tensor, float]:
        """The weights as int8 integers, and the real value of their step."""
        return self._rounded(weight, self.precision).to(torch.int8), self.step

    def _rounded(self, weight: Tensor, precision: Precision) -> Tensor:
        limit = limit_of(precision)
        return (weight.detach() / self.step).round().clamp(-limit, limit)


def limit_of(precision: Precision) -> int:
    """Largest magnitude of an integer weight."""
    return 7 if precision == Precision.INT4 else 127


def _best_step(weight: Tensor, limit: int) -> float:
    """The step on the grid with the smallest squared rounding error."""
    largest = above_on_grid(max(float(weight.abs().max()), 1e-8) / limit)

    def error(step: float) -> float:
        return float(((weight / step).round().clamp(-limit, limit) * step - weight).square().sum())

    # Try one step above the largest too: weights that already lie on a grid may use only half of its range.
    return min((largest / 2.0 ** (k / 2) for k in range(-1, 4)), key=error)


class Dither:
    """Gives uniform noise in ±½, cut from a pool at a random place.

    This is far cheaper than fresh random numbers for every layer. ``size`` is the number of values in the pool.
    """

    def __init__(self, size: int = 1 << 21) -> None:
        self._pool = torch.rand(size) - 0.5

    def like(self, x: Tensor) -> Tensor:
        """Noise in the shape of ``x``."""
        spare = len(self._pool) - x.numel()
        if spare <= 0:
            return torch.rand_like(x) - 0.5
        start = int(torch.randint(spare, ()))
        return self._pool[start : start + x.numel()].view(x.shape)


class ActivationQuantizer(nn.Module):
    """Quantises activations to INT8 with a static range.

    While it observes, the range follows the values that pass, except the rarest peaks. The range always contains zero.

    In training it adds noise of less than a step, also in the float32 stage: runtimes round ties differently, and a
    network that never saw such differences would amplify them.

    ``low`` and ``high`` fix a range that is known in advance. A ``symmetric`` range has its zero at integer 0. Values
    beyond ``peak`` times the root mean square are clipped, and so are all values beyond ``limit``.
    """

    low: Tensor
    high: Tensor
    seen: Tensor

    def __init__(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        symmetric: bool = False,
        peak: float = PEAK,
        limit: float = math.inf,
    ) -> None:
        super().__init__()
        self.fixed, self._peak, self._limit = low is not None, peak, limit
        self.symmetric = symmetric
        self.register_buffer("low", torch.tensor(low or 0.0))
        self.register_buffer("high", torch.tensor(high or 0.0))
        self.register_buffer("seen", torch.tensor(self.fixed))
        self.precision = Precision.FP32
        self.observing = False
        self.dither: Dither | None = None

    @property
    def scale(self) -> float:
        """Real value of one integer step."""
        step = max(float(self.high - self.low), 1e-6) / 255.0
        return step if self.fixed else above_on_grid(step)

    @property
    def zero_point(self) -> int:
        """The integer that represents 0.0, −128…127."""
        if self.symmetric:
            return 0
        return max(-128, min(127, round(-128 - float(self.low) / self.scale)))

    def forward(self, x: Tensor) -> Tensor:
        """Observe ``x``, then clip, dither and round it as the stage requires; the shape stays."""
        if self.observing and not self.fixed:
            self._observe(x.detach())
        if not bool(self.seen):
            return x
        rounds = self.precision != Precision.FP32
        if not rounds and not self.fixed:
            scale, zero_point = self.scale, self.zero_point
            x = x.clamp((-128 - zero_point) * scale, (127 - zero_point) * scale)
        if self.training and self.dither and not self.fixed:
            x = x + self.dither.like(x) * ((0.8 if rounds else 1.2) * self.scale)
        if not rounds:
            return x
        return torch.fake_quantize_per_tensor_affine(x, self.scale, self.zero_point, -128, 127)

    def _observe(self, x: Tensor) -> None:
        low, high = torch.aminmax(x)
        peak = (self._peak * x.square().mean().sqrt()).clamp(max=self._limit)
        low, high = low.clamp(max=0.0).maximum(-peak), high.clamp(min=0.0).minimum(peak)
        if self.symmetric:
            high = torch.maximum(-low, high)
            low = -high * (128 / 127)
        if bool(self.seen):
            self.low.lerp_(low, 0.02)
            self.high.lerp_(high, 0.02)
        else:
            self.low.copy_(low)
            self.high.copy_(high)
            self.seen.fill_(True)
