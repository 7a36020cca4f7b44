"""The network in PyTorch, for quantisation-aware training; ``tflite_export.py`` writes the same graph for the Pi.

```
frame ─ space-to-depth ×2 ─▶ q (12 ch, ½) ─ space-to-depth ×2 ─ 2×2 averages ─ edge pad ─▶ coarse (12 ch, ¼)
coarse, strokes ─ 3×3 stride 2 ─ AdaIN ─▶ skip (⅛) ─ separable stride 2 ─ AdaIN ─▶ body (1/16)
body: one separable residual block, used several times, each pass with its own AdaIN
body ─ 1×1 ─ bilinear ×2 ─ + skip ─ one separable block, used several times, residual but for the first ─▶ detail (⅛)
detail ─ 1×1 ─ smooth ─ bilinear ×2 ─ depth-to-space ×2 ─ smooth ─▶ paint (8 ch, ½)
paint, bristles, q ─ 1×1, ReLU ─ 1×1 ─▶ colour (3 ch, ½) ─ four copies ─ + sharpness·q ─ depth-to-space ×2 ─▶ picture
```

The trunk (everything up to "paint") sees the frame at half its size, and its output, the paint, is smooth. Finer detail
comes from two other inputs: the bristles bring the furrows of the brush, and q brings the photo's own edges. The last
two convolutions mix paint, bristles and q at each position, so that the trunk's cells don't show. They also clip the
paint, which gives marks sharp edges.
"""

from dataclasses import dataclass

import msgspec
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from installation.network.canvas import BRISTLES
from installation.training.quantization import INNER_PEAK, PEAK, ActivationQuantizer, Dither, Precision, WeightQuantizer

UNIT = 1.0
"""Real value of one integer step of all features that go into AdaIN; any value serves, as AdaIN cancels the scale."""
MAX_GAIN = 1.0
"""Largest factor of AdaIN. On a plain wall a deviation of less than one step is rounding and must not be amplified."""
FOLD = 4
"""Edge in pixels of the part of the frame that one cell of the trunk covers."""
FOLDED = 12
"""Channels of an RGB picture after space-to-depth ×2: those of q and of coarse."""
PAINT = 8
"""Channels of the paint, the output of the trunk."""
HIDDEN = 32
"""Channels between the last two convolutions."""
_UNEVEN = 6
_COLOUR_STEP, _FINE_COLOUR_STEP = 2.0**-7, 2.0**-7.5
"""Largest integer steps of features that are colours; a screen can't show values beyond 127 of these steps."""
_PAINT_STEP = 2.0**-6.5
"""Largest integer step of the colours before the photo is added; marks may overshoot and are clipped."""
_UP_STEP, _SMOOTHED_STEP = 2.0**-4, 2.0**-4.5
"""Largest integer steps of the features added to the skip; the ReLU after the sum, or its range, cuts off the rest."""


@dataclass(frozen=True)
class CanvasBatch:
    """The canvases of a batch; values are 0…1.

    ``strokes`` are [1 or N, 2, H/4 + 2·pad, W/4 + 2·pad], ``bristles`` [1 or N, 1, H/2, W/2].
    """

    strokes: Tensor
    bristles: Tensor

    def flatter(self, share: float) -> "CanvasBatch":
        """The same strokes with bristles of a ``share`` (0…1) of their height; 0 leaves no furrows."""
        return CanvasBatch(self.strokes, 0.5 + share * (self.bristles - 0.5))


class Architecture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Channel counts and numbers of passes.

    ``pad`` (even) is the mean width of the padding in cells of four pixels; `margins` says how much each side gets.
    """

    stem: int = 32
    body: int = 48
    body_passes: int = 2
    detail_passes: int = 2
    pad: int = 14

    @property
    def adain_channels(self) -> tuple[int, ...]:
        """Channels of each AdaIN layer, in the order of the style vector."""
        return (self.stem, self.body, *[self.body] * self.body_passes, *[self.stem] * self.detail_passes)

    @property
    def margins(self) -> tuple[int, int]:
        """Padding in cells: top and left, then bottom and right, where strided convolutions also pad with zeros."""
        return self.pad - _UNEVEN, self.pad + _UNEVEN

    @property
    def style_length(self) -> int:
        """K: a scale and a shift for each AdaIN channel, and one share of the photo that is added to the picture."""
        return sum(self.style_parts)

    @property
    def style_parts(self) -> tuple[int, ...]:
        """Lengths of the parts of a style vector, in order: scale and shift of each AdaIN layer, then the sharpness."""
        return (*(channels for channels in self.adain_channels for _ in "σμ"), 1)


class Convolution(nn.Module):
    """Convolution with TFLite's SAME zero padding and with quantised weights and output.

    ``before_adain``: the next layer cancels the scale, so this one gives its output in integer steps (see ``UNIT``).
    ``fine``: the weights stay INT8 in the INT4 stage.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        *,
        depthwise: bool = False,
        bias: bool = False,
        relu: bool = False,
        fine: bool = False,
        before_adain: bool = False,
    ) -> None:
        super().__init__()
        self.stride, self.depthwise, self.relu, self.before_adain = stride, depthwise, relu, before_adain
        self.groups = inputs if depthwise else 1
        self.weight = nn.Parameter(torch.empty(outputs, inputs // self.groups, kernel, kernel))
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu" if relu else "linear")
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.quantize_weight = WeightQuantizer(fine)
        self.quantize_output = ActivationQuantizer(symmetric=not relu, peak=INNER_PEAK if depthwise else PEAK)

    @property
    def kernel(self) -> int:
        """Edge of the kernel in positions."""
        return self.weight.shape[-1]

    def forward(self, x: Tensor) -> Tensor:
        """[N, inputs, H, W] → [N, outputs, H/stride, W/stride]."""
        if self.stride == 2:
            x = F.pad(x, (0, 1, 0, 1))
            padding = 0
        else:
            padding = self.kernel // 2
        x = F.conv2d(x, self.quantize_weight(self.weight), self.bias, self.stride, padding, 1, self.groups)
        out: Tensor = self.quantize_output(F.relu(x) if self.relu else x)
        return out * (UNIT / self.quantize_output.scale) if self.before_adain else out


class Separable(nn.Module):
    """Depthwise 3×3, ReLU, then 1×1; without biases, which cost bytes: the AdaIN that follows has its own shift."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = Convolution(inputs, inputs, 3, stride, depthwise=True, relu=True)
        self.pointwise = Convolution(inputs, outputs, 1, before_adain=True)

    def forward(self, x: Tensor) -> Tensor:
        """[N, inputs, H, W] → [N, outputs, H/stride, W/stride]."""
        out: Tensor = self.pointwise(self.depthwise(x))
        return out


class Smooth(nn.Module):
    """Turns nearest ×2 upsampling into bilinear with a fixed kernel, [1 2 1]⊗[1 2 1]/16, exact in INT4.

    Without it the body's cells show in the picture.
    """

    kernel: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        taps = torch.tensor([1.0, 2.0, 1.0]) / 4
        self.register_buffer("kernel", (taps[:, None] * taps).expand(channels, 1, 3, 3).clone(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] → the same shape; pads with zeros."""
        return F.conv2d(x, self.kernel, None, 1, 1, 1, len(self.kernel))


class Coarsen(nn.Module):
    """Averages 2×2 pixels of a picture after two space-to-depth ×2; the kernel is fixed, exact in INT4."""

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        pixels = torch.eye(4 * FOLDED)[:, :, None, None]
        halved = F.avg_pool2d(unfold(unfold(pixels, 2), 2), 2)
        self.register_buffer("kernel", fold(halved, 2)[:, :, 0, 0].T[:, :, None, None].contiguous(), False)

    def forward(self, x: Tensor) -> Tensor:
        """[N, 48, H, W] → [N, 12, H, W]."""
        return F.conv2d(x, self.kernel)


class AdaIN(nn.Module):
    """Adaptive instance normalisation (Huang & Belongie 2017, arXiv:1703.06868), in float32; output INT8."""

    def __init__(self, relu: bool) -> None:
        super().__init__()
        self.relu = relu
        self.quantize_output = ActivationQuantizer(symmetric=not relu)

    def forward(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """Normalise ``x`` [N, C, H, W], then apply ``scale`` and ``shift`` [N, C, 1, 1]; returns the shape of ``x``."""
        centred = x - x.mean((2, 3), keepdim=True)
        deviation = centred.square().mean((2, 3), keepdim=True).clamp(min=1e-12).sqrt()
        y = centred * (scale / deviation).clamp(-MAX_GAIN, MAX_GAIN) + shift
        out: Tensor = self.quantize_output(F.relu(y) if self.relu else y)
        return out


class Residual(nn.Module):
    """One pass of a shared block: ReLU(x + AdaIN(block(x)))."""

    def __init__(self) -> None:
        super().__init__()
        self.adain = AdaIN(relu=False)
        self.quantize_output = ActivationQuantizer()

    def forward(self, x: Tensor, block: Separable, scale: Tensor, shift: Tensor) -> Tensor:
        """[N, C, H, W] → the same shape."""
        out: Tensor = self.quantize_output(F.relu(x + self.adain(block(x), scale, shift)))
        return out


def _limited(step: float) -> ActivationQuantizer:
    return ActivationQuantizer(symmetric=True, limit=127 * step)


def _symmetric(high: float) -> ActivationQuantizer:
    return ActivationQuantizer(-high * 128 / 127, high, symmetric=True)


class PaintNetwork(nn.Module):
    """AdaIN style-transfer network: photo, style vector and canvas → picture."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = self.architecture = architecture
        # AdaIN cancels this bias, but it removes the mean, which makes the features' INT8 steps less than half as wide.
        self.stem = Convolution(14, a.stem, 3, 2, bias=True, before_adain=True)
        self.stem_adain = AdaIN(relu=True)
        self.down = Separable(a.stem, a.body, 2)
        self.down_adain = AdaIN(relu=True)
        self.body = Separable(a.body, a.body)
        self.body_passes = nn.ModuleList(Residual() for _ in range(a.body_passes))
        self.up = Convolution(a.body, a.stem, 1)
        self.up.quantize_output = _limited(_UP_STEP)
        self.smooth = Smooth(a.stem)
        self.smoothed = _limited(_SMOOTHED_STEP)
        self.merge = ActivationQuantizer()
        self.detail = Separable(a.stem, a.stem)
        # The first pass has no residual connection: it has to smooth the cells of the upsampled body.
        self.first_adain = AdaIN(relu=True)
        self.detail_passes = nn.ModuleList(Residual() for _ in range(a.detail_passes - 1))
        self.tail = Convolution(a.stem, 4 * PAINT, 1)
        self.tail.quantize_output = _limited(_COLOUR_STEP)
        # Without smoothing, changes from cell to cell would show as a string of beads.
        self.calmed = _limited(_COLOUR_STEP)
        self.smooth_tail = Smooth(4 * PAINT)
        self.smoothed_tail = _limited(_FINE_COLOUR_STEP)
        self.coarsen = Coarsen()
        self.smooth_paint = Smooth(PAINT)
        self.paint = ActivationQuantizer(0.0, 1.0)
        # No AdaIN follows to even out the colours, so INT4 weights would cost most quality here.
        self.hidden = Convolution(PAINT + BRISTLES + FOLDED, HIDDEN, 1, bias=True, relu=True, fine=True)
        self.hidden.quantize_output = ActivationQuantizer(peak=INNER_PEAK)
        self.fine = Convolution(HIDDEN, 3, 1, bias=True, fine=True)
        self.fine.quantize_output = _limited(_PAINT_STEP)
        self.sharpness = ActivationQuantizer(0.0, 1.0)
        self.detail_kept = ActivationQuantizer(0.0, 1.0)
        self.picture = ActivationQuantizer(0.0, 1.0)
        self._begin_as_the_photo()
        dither = Dither()
        for module in self.modules():
            if isinstance(module, ActivationQuantizer):
                module.dither = dither

    def _begin_as_the_photo(self) -> None:
        """Set the weights so that the first pictures equal the photo.

        Then all losses begin small, and the identity is easy to keep. The first hidden channels carry the photo. Each
        of the others begins with the bristles, half of them with a positive and half with a negative weight.
        """
        hidden, fine = self.hidden.weight.data[:, :, 0, 0], self.fine.weight.data[:, :, 0, 0]
        signs = torch.tensor([1.0, -1.0]).repeat((HIDDEN - FOLDED) // 2)
        hidden.mul_(0.3)
        hidden[:FOLDED] = 0.0
        hidden[:FOLDED, -FOLDED:] = torch.eye(FOLDED)
        hidden[FOLDED:, PAINT] = signs
        if self.hidden.bias is not None:
            self.hidden.bias.data[FOLDED:] = -0.5 * signs
        fine.mul_(0.3)
        fine[:, :FOLDED] = torch.eye(3).repeat(1, 4) / 8

    def set_precision(self, precision: Precision) -> None:
        """Begin a stage of progressive quantisation in all layers."""
        for module in self.modules():
            if isinstance(module, Convolution):
                module.quantize_weight.start(precision, module.weight)
            elif isinstance(module, ActivationQuantizer):
                module.precision = precision

    def set_observing(self, on: bool) -> None:
        """Switch on or off whether activation ranges follow the values that pass."""
        for module in self.modules():
            if isinstance(module, ActivationQuantizer):
                module.observing = on

    def forward(self, photo: Tensor, style: Tensor, canvas: CanvasBatch) -> Tensor:
        """Paint a batch of photos.

        Args:
            photo: [N, 3, H, W], 0…1.
            style: [N, K] style vectors.
            canvas: the random values that strokes and bristles follow.

        Returns:
            Pictures [N, 3, H, W], 0…1.
        """
        *adains, sharpness = torch.split(style[:, :, None, None], list(self.architecture.style_parts), 1)
        layers = iter(zip(adains[0::2], adains[1::2], strict=True))

        before, after = self.architecture.margins
        q = fold(photo, 2)
        coarse = F.pad(self.coarsen(fold(q, 2)), (before, after, before, after), mode="replicate")
        skip = self.stem_adain(
            self.stem(torch.cat((coarse, canvas.strokes.expand(len(q), -1, -1, -1)), 1)), *next(layers)
        )
        x = self.down_adain(self.down(skip), *next(layers))
        for residual in self.body_passes:
            x = residual(x, self.body, *next(layers))
        x = self.smoothed(self.smooth(F.interpolate(self.up(x), scale_factor=2.0, mode="nearest")))
        x = self.merge(F.relu(x + skip))
        x = self.first_adain(self.detail(x), *next(layers))
        for residual in self.detail_passes:
            x = residual(x, self.detail, *next(layers))
        x = self.calmed(self.smooth_tail(self.tail(x)))
        x = self.smoothed_tail(self.smooth_tail(F.interpolate(x, scale_factor=2.0, mode="nearest")))
        # Keep one more cell on each side than the picture shows: smoothing sees zeros beyond the border.
        x = unfold(x[:, :, before - 1 : 1 - after, before - 1 : 1 - after], 2)
        x = self.paint(self.smooth_paint(x)[:, :, 2:-2, 2:-2].clamp(0, 1))
        colour = self.fine(self.hidden(torch.cat((x, canvas.bristles.expand(len(q), -1, -1, -1), q), 1)))
        # All four pixels of a position get the same colour; differences between them would show as a weave.
        x = torch.cat((colour,) * 4, 1)
        return unfold(self.picture((x + self.detail_kept(q * self.sharpness(sharpness))).clamp(0, 1)), 2)


def layers_of(network: PaintNetwork) -> list[Convolution]:
    """All trained convolutions, in the order in which a picture first passes them."""
    return [module for module in network.modules() if isinstance(module, Convolution)]


def fold(x: Tensor, edge: int) -> Tensor:
    """Space-to-depth in TFLite's channel order: [N, C, H, W] → [N, edge²·C, H/edge, W/edge]."""
    n, c, h, w = x.shape
    cells = x.view(n, c, h // edge, edge, w // edge, edge).permute(0, 3, 5, 1, 2, 4)
    return cells.reshape(n, c * edge**2, h // edge, w // edge)


def unfold(x: Tensor, edge: int) -> Tensor:
    """Depth-to-space, the inverse of :func:`fold`."""
    n, c, h, w = x.shape
    pixels = x.view(n, edge, edge, c // edge**2, h, w).permute(0, 3, 4, 1, 5, 2)
    return pixels.reshape(n, c // edge**2, h * edge, w * edge)
