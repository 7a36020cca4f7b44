"""Writes a trained network as a ``.tflite`` file with the operators of ``PaintNetwork.forward`` in their order."""

import math
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from installation.network.canvas import BRISTLES, CHANNELS
from installation.training.network import (
    FOLD,
    UNIT,
    AdaIN,
    Coarsen,
    Convolution,
    PaintNetwork,
    Residual,
    Separable,
)
from installation.training.quantization import ActivationQuantizer, Precision, on_grid
from installation.training.tflite_writer import DType, Options, Quantization, TfliteWriter

_BYTE = Quantization((1 / 255,), 0)
_PIXEL = Quantization((1 / 255,), -128)
_KEEP = Options("ReducerOptions", ((0, "i8", 1),))
_CHANNELS = Options("ConcatenationOptions", ((0, "i32", 3),))


class _Value:
    """An activation in the graph: its index, edge, channels and quantisation.

    ``edge`` is the height and width in positions. ``step`` is the real value of an integer step as trained. The file
    may declare another step if only convolutions or an AdaIN read the tensor: these depend only on ratios of scales,
    and the file stores equal records once.
    """

    def __init__(
        self, index: int, edge: int, channels: int, quantization: Quantization | None, step: float | None = None
    ) -> None:
        self.index, self.edge, self.channels, self.quantization = index, edge, channels, quantization
        self.step = step or (quantization.scales[0] if quantization else 1.0)


def _settle(scale: float) -> float:
    """Snap a scale that rounding moved off the grid of powers of √2 back to it, so that records can be shared."""
    near = on_grid(scale)
    return near if math.isclose(near, scale, rel_tol=1e-6) else scale


def _kind(layer: Convolution) -> DType:
    return "int4" if layer.quantize_weight.precision == Precision.INT4 else "int8"


def _depthwise(stride: int, relu: bool = False) -> Options:
    fields = ((1, "i32", stride), (2, "i32", stride), (3, "i32", 1), *(((4, "i8", 1),) if relu else ()))
    return Options("DepthwiseConv2DOptions", fields)


def quantization_of(quantizer: ActivationQuantizer) -> Quantization:
    """The file's quantisation record of a trained activation range."""
    return Quantization((_settle(quantizer.scale),), quantizer.zero_point)


class TfliteExport:
    """Turns a network in stage INT4 (or INT8) into bytes; its default input has ``size`` × ``size`` pixels."""

    def __init__(self, network: PaintNetwork, size: int = 256) -> None:
        self._network, self._size, self._writer = network, size, TfliteWriter()
        self._axes = self._writer.constant(np.array([1, 2], np.int32), "int32")

    def build(self) -> bytes:
        """The bytes of the file."""
        net, size = self._network, self._size
        arch = net.architecture
        frame = self._value(size, 3, _BYTE, "uint8")
        style = self._writer.tensor((1, 1, 1, arch.style_length))
        strokes = self._value(size // FOLD + 2 * arch.pad, CHANNELS, _PIXEL)
        bristles = self._value(size // 2, BRISTLES, _PIXEL)
        *parts, sharpness = self._split(style)
        adains = iter(zip(parts[0::2], parts[1::2], strict=True))

        q = self._space_to_depth(self._convert(frame, _PIXEL))
        coarse = self._pad(self._fixed(self._space_to_depth(q), net.coarsen, _PIXEL), *arch.margins)
        x = self._convolution(self._concat(coarse, strokes), net.stem)
        skip = self._adain(x, net.stem_adain, *next(adains))
        x = self._adain(self._separable(skip, net.down), net.down_adain, *next(adains))
        for residual in net.body_passes:
            x = self._residual(x, net.body, cast(Residual, residual), *next(adains))
        x = self._smooth(self._nearest(self._convolution(x, net.up)), net.smoothed)
        x = self._add(x, skip, net.merge)
        x = self._adain(self._separable(x, net.detail), net.first_adain, *next(adains))
        for residual in net.detail_passes:
            x = self._residual(x, net.detail, cast(Residual, residual), *next(adains))
        x = self._smooth(self._convolution(x, net.tail), net.calmed)
        x = self._smooth(self._nearest(x), net.smoothed_tail)
        before, after = arch.margins
        x = self._smooth(self._depth_to_space(self._crop(x, before - 1, after - 1)), net.paint)
        hidden = self._convolution(self._concat(self._crop(x, 2, 2), bristles, q), net.hidden)
        colour = self._convolution(hidden, net.fine)
        x = self._concat(colour, colour, colour, colour)
        x = self._add(x, self._gated(q, sharpness, net.sharpness, net.detail_kept), net.picture)
        picture = self._convert(self._depth_to_space(x), _BYTE, "uint8")
        return self._writer.finish([frame.index, style, strokes.index, bristles.index], [picture.index])

    # Values

    def _value(self, edge: int, channels: int, quantization: Quantization | None, dtype: DType = "int8") -> _Value:
        kind: DType = "float32" if quantization is None else dtype
        index = self._writer.tensor((1, edge, edge, channels), kind, quantization)
        return _Value(index, edge, channels, quantization)

    def _unary(self, name: str, x: _Value, out: _Value, options: Options | None = None) -> _Value:
        self._writer.operator(name, [x.index], [out.index], options)
        return out

    # Layers

    def _split(self, style: int) -> list[int]:
        arch = self._network.architecture
        sizes = arch.style_parts
        outputs = [self._writer.tensor((1, 1, 1, c)) for c in sizes]
        self._writer.operator(
            "SPLIT_V",
            [
                style,
                self._writer.constant(np.array(sizes, np.int32), "int32"),
                self._writer.constant(np.array(3, np.int32), "int32"),
            ],
            outputs,
            Options("SplitVOptions", ((0, "i32", len(sizes)),)),
        )
        return outputs

    def _convert(self, x: _Value, quantization: Quantization, dtype: DType = "int8") -> _Value:
        # Convert through float32: XNNPACK converts fast to and from float, but not from uint8 to int8.
        real = self._unary("DEQUANTIZE", x, self._value(x.edge, x.channels, None))
        return self._unary("QUANTIZE", real, self._value(x.edge, x.channels, quantization, dtype))

    def _smooth(self, x: _Value, quantizer: ActivationQuantizer) -> _Value:
        taps = np.rint(self._network.smooth.kernel[0, 0].numpy() * 16).astype(np.int8)
        weight = self._writer.constant(
            np.repeat(taps[None, :, :, None], x.channels, 3), _kind(self._network.stem), Quantization((1 / 16,))
        )
        out = self._value(x.edge, x.channels, quantization_of(quantizer))
        offset = self._offset(np.zeros(x.channels, np.int32), _settle(x.step / 16))
        self._writer.operator("DEPTHWISE_CONV_2D", [x.index, weight, offset], [out.index], _depthwise(1))
        return out

    def _fixed(self, x: _Value, layer: Coarsen, quantization: Quantization) -> _Value:
        """A 1×1 convolution whose weights are all 0 or one value, stored as the integers 0 and 1."""
        step = float(layer.kernel.max())
        integers = (layer.kernel / step).round().to(torch.int8).permute(0, 2, 3, 1).contiguous().numpy()
        weight = self._writer.constant(integers, _kind(self._network.stem), Quantization((step,)))
        out = self._value(x.edge, len(integers), quantization)
        offset = self._offset(np.zeros(len(integers), np.int32), _settle(x.step * step))
        fields = ((1, "i32", 1), (2, "i32", 1))
        self._writer.operator("CONV_2D", [x.index, weight, offset], [out.index], Options("Conv2DOptions", fields))
        return out

    def _gated(self, x: _Value, part: int, gate: ActivationQuantizer, gated: ActivationQuantizer) -> _Value:
        """``x`` multiplied by a part of the style vector, both quantised."""
        channels = self._writer.shape(part)[-1]
        factor = self._value(1, channels, quantization_of(gate))
        self._writer.operator("QUANTIZE", [part], [factor.index])
        out = self._value(x.edge, x.channels, quantization_of(gated))
        self._writer.operator("MUL", [x.index, factor.index], [out.index])
        return out

    def _convolution(self, x: _Value, layer: Convolution) -> _Value:
        if x.quantization is None:
            raise TypeError("convolutions take quantised features only")
        integers, step = layer.quantize_weight.integers(layer.weight)
        outputs = layer.weight.shape[0]
        trained = quantization_of(layer.quantize_output)
        shared = layer.before_adain or layer.relu
        declared = Quantization((UNIT,), trained.zero_point) if shared else trained
        ratio = x.step * step / trained.scales[0]
        weight_step = _settle(ratio * declared.scales[0] / x.quantization.scales[0])
        # [out, in, kh, kw] to TFLite's [out, kh, kw, in]; depthwise [1, kh, kw, channels].
        order = (1, 2, 3, 0) if layer.depthwise else (0, 2, 3, 1)
        weight = self._writer.constant(
            integers.permute(order).contiguous().numpy(),
            _kind(layer),
            Quantization((weight_step,)),
        )
        bias = torch.zeros(outputs) if layer.bias is None else layer.bias.detach()
        offset = self._offset(
            (bias / (x.step * step)).round().to(torch.int32).numpy(),
            _settle(x.quantization.scales[0] * weight_step),
        )
        index = self._writer.tensor((1, *[x.edge // layer.stride] * 2, outputs), "int8", declared)
        out = _Value(index, x.edge // layer.stride, outputs, declared, trained.scales[0])
        if layer.depthwise:
            name, options = "DEPTHWISE_CONV_2D", _depthwise(layer.stride, layer.relu)
        else:
            fields = ((1, "i32", layer.stride), (2, "i32", layer.stride), *(((3, "i8", 1),) if layer.relu else ()))
            name, options = "CONV_2D", Options("Conv2DOptions", fields)
        self._writer.operator(name, [x.index, weight, offset], [out.index], options)
        return out

    def _offset(self, bias: NDArray[np.int32], step: float) -> int:
        """A bias with the quantisation record that XNNPACK requires; zero biases share one, as any scale is right."""
        return self._writer.constant(bias, "int32", Quantization((step if bias.any() else UNIT,)))

    def _separable(self, x: _Value, layer: Separable) -> _Value:
        return self._convolution(self._convolution(x, layer.depthwise), layer.pointwise)

    def _adain(self, x: _Value, layer: AdaIN, scale: int, shift: int) -> _Value:
        writer, channels = self._writer, x.channels

        def vector() -> int:
            return writer.tensor((1, 1, 1, channels))

        def field() -> int:
            return writer.tensor((1, x.edge, x.edge, channels))

        real, mean, centred, squares, variance = field(), vector(), field(), field(), vector()
        deviation, gain, scaled, shifted = vector(), vector(), field(), field()
        writer.operator("DEQUANTIZE", [x.index], [real])
        writer.operator("MEAN", [real, self._axes], [mean], _KEEP)
        writer.operator("SUB", [real, mean], [centred])
        writer.operator("MUL", [centred, centred], [squares])
        writer.operator("MEAN", [squares, self._axes], [variance], _KEEP)
        writer.operator("SQRT", [variance], [deviation])
        # The division's own activation clamps the gain to ±1, also where the divisor is zero.
        writer.operator("DIV", [scale, deviation], [gain], Options("DivOptions", ((0, "i8", 2),)))
        writer.operator("MUL", [centred, gain], [scaled])
        writer.operator(
            "ADD", [scaled, shift], [shifted], Options("AddOptions", ((0, "i8", 1),)) if layer.relu else None
        )
        out = self._value(x.edge, channels, quantization_of(layer.quantize_output))
        writer.operator("QUANTIZE", [shifted], [out.index])
        return out

    def _residual(self, x: _Value, block: Separable, layer: Residual, scale: int, shift: int) -> _Value:
        branch = self._adain(self._separable(x, block), layer.adain, scale, shift)
        return self._add(x, branch, layer.quantize_output)

    def _add(self, x: _Value, y: _Value, quantizer: ActivationQuantizer) -> _Value:
        out = self._value(x.edge, x.channels, quantization_of(quantizer))
        self._writer.operator("ADD", [x.index, y.index], [out.index], Options("AddOptions", ((0, "i8", 1),)))
        return out

    # Layout: reshaping, padding, cropping

    def _space_to_depth(self, x: _Value) -> _Value:
        out = self._value(x.edge // 2, x.channels * 4, x.quantization)
        return self._unary("SPACE_TO_DEPTH", x, out, Options("SpaceToDepthOptions", ((0, "i32", 2),)))

    def _depth_to_space(self, x: _Value) -> _Value:
        out = self._value(x.edge * 2, x.channels // 4, x.quantization)
        out.step = x.step
        return self._unary("DEPTH_TO_SPACE", x, out, Options("DepthToSpaceOptions", ((0, "i32", 2),)))

    def _nearest(self, x: _Value) -> _Value:
        # Concatenate four copies, then depth-to-space: nearest ×2 for any picture size.
        copies = self._concat(x, x, x, x)
        return self._depth_to_space(copies)

    def _concat(self, *values: _Value) -> _Value:
        out = self._value(values[0].edge, sum(v.channels for v in values), values[0].quantization)
        self._writer.operator("CONCATENATION", [v.index for v in values], [out.index], _CHANNELS)
        return out

    def _pad(self, x: _Value, before: int, after: int) -> _Value:
        """Pad by repeating the edge, first along the height, then along the width; MIRROR_PAD is 50 times slower."""
        height, width, channels = x.edge, x.edge, x.channels
        index = x.index
        for axis in (1, 2):
            rim = (1, width, channels) if axis == 1 else (height, 1, channels)
            first, last = (self._writer.tensor((1, *rim), "int8", x.quantization) for _ in range(2))
            self._edge(index, first, axis, last=False)
            self._edge(index, last, axis, last=True)
            if axis == 1:
                height += before + after
            else:
                width += before + after
            out = self._writer.tensor((1, height, width, channels), "int8", x.quantization)
            options = Options("ConcatenationOptions", ((0, "i32", axis),))
            self._writer.operator("CONCATENATION", [*[first] * before, index, *[last] * after], [out], options)
            index = out
        return _Value(index, height, channels, x.quantization)

    def _crop(self, x: _Value, before: int, after: int) -> _Value:
        out = self._value(x.edge - before - after, x.channels, x.quantization)
        out.step = x.step
        begin, end, ones = (
            self._writer.constant(np.array(v, np.int32), "int32")
            for v in ([0, before, before, 0], [0, -after, -after, 0], [1, 1, 1, 1])
        )
        # The masks keep the first and the last axis whole.
        options = Options("StridedSliceOptions", ((0, "i32", 0b1001), (1, "i32", 0b1001)))
        self._writer.operator("STRIDED_SLICE", [x.index, begin, end, ones], [out.index], options)
        return out

    def _edge(self, x: int, out: int, axis: int, *, last: bool) -> None:
        """Write the first or last row (``axis`` 1) or column (``axis`` 2) of ``x`` to ``out``."""
        ones, from_end = (self._writer.constant(np.full(4, v, np.int32), "int32") for v in (1, -1))
        # Operators ignore the number of a masked axis, so the same constants serve both axes.
        masks = (0b1111 & ~(1 << axis), 0b1111) if last else (0b1111, 0b1111 & ~(1 << axis))
        options = Options("StridedSliceOptions", tuple((slot, "i32", mask) for slot, mask in enumerate(masks)))
        self._writer.operator("STRIDED_SLICE", [x, from_end if last else ones, ones, ones], [out], options)


def tflite_bytes(network: PaintNetwork, size: int = 256) -> bytes:
    """The bytes of the network's ``.tflite`` file; its default input has ``size`` × ``size`` pixels."""
    with torch.no_grad():
        return TfliteExport(network, size).build()
