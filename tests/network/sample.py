"""A small network of the real one's interface: INT4 weights, one block used twice, style vector, canvas."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from installation.network.runtime import Choice, runtimes
from installation.network.tflite import NetworkFile
from installation.training.tflite_writer import Options, Quantization, TfliteWriter

EVERY_WAY = [Choice(runtime.name, runtime.version, form, 1) for runtime in runtimes() for form in ("int8", "int4")]
"""Each runtime here, in both weight forms, on one thread."""

CHANNELS = 16
VECTOR = 2 * CHANNELS

_PIXELS = Quantization((1 / 255,), 0)
_SIGNED = Quantization((1 / 255,), -128)
_WIDE = Quantization((0.05,), 0)


@dataclass(frozen=True)
class Subject:
    """A network, and a style vector that suits it."""

    file: NetworkFile
    vector: NDArray[np.float32]


def sample_network(*, canvas: bool = True, dead: bool = False, seed: int = 1) -> bytes:
    """Bytes of a network; a ``dead`` one paints the same whatever it sees."""
    return build_sample(TfliteWriter(), seed, canvas=canvas, dead=dead)


def build_sample(writer: TfliteWriter, seed: int = 1, *, canvas: bool = True, dead: bool = False) -> bytes:
    """The same through a writer."""
    return _Sample(writer, seed).build(canvas, 1e5 if dead else 0.01)


class _Sample:
    def __init__(self, writer: TfliteWriter, seed: int) -> None:
        self._writer = writer
        self._rng = np.random.default_rng(seed)

    def build(self, canvas: bool, step: float) -> bytes:
        writer = self._writer
        frame = writer.tensor((1, 256, 256, 3), "uint8", _PIXELS)
        style = writer.tensor((1, 1, 1, VECTOR))
        inputs = [frame, style]
        x, width = self._fold(self._quantize(frame, (1, 256, 256, 3))), 48
        if canvas:
            field = writer.tensor((1, 72, 72, 2), "int8", _SIGNED)
            inputs.append(field)
            x, width = self._join(x, self._crop(field)), 50
        x = self._convolution(x, self._weights((CHANNELS, 3, 3, width), 0))
        shared, depthwise = self._weights((CHANNELS, 3, 3, CHANNELS), 0), self._weights((1, 3, 3, CHANNELS), 3)
        for _ in range(2):
            x = self._convolution(self._convolution(x, shared), depthwise, depthwise=True)
        x = self._paint(x, style)
        picture = self._unfold(self._convolution(x, self._weights((48, 1, 1, CHANNELS), 0), 48, step), step)
        return writer.finish(inputs, [picture])

    def _weights(self, shape: tuple[int, ...], axis: int) -> int:
        values = self._rng.integers(-7, 8, shape).astype(np.int8)
        return self._writer.constant(values, "int4", Quantization((0.06,) * shape[axis], 0, axis))

    def _convolution(
        self, x: int, weights: int, channels: int = CHANNELS, step: float = _WIDE.scales[0], depthwise: bool = False
    ) -> int:
        bias = self._writer.constant(np.zeros(channels, np.int32), "int32", Quantization((0.001,) * channels))
        out = self._writer.tensor((1, 64, 64, channels), "int8", Quantization((step,)))
        strides = ((1, "i32", 1), (2, "i32", 1))
        if depthwise:
            options = Options("DepthwiseConv2DOptions", (*strides, (3, "i32", 1)))
            self._writer.operator("DEPTHWISE_CONV_2D", [x, weights, bias], [out], options)
        else:
            self._writer.operator("CONV_2D", [x, weights, bias], [out], Options("Conv2DOptions", strides))
        return out

    def _paint(self, x: int, style: int) -> int:
        writer = self._writer
        real, scaled, shifted = (writer.tensor((1, 64, 64, CHANNELS)) for _ in range(3))
        scale, shift = (writer.tensor((1, 1, 1, CHANNELS)) for _ in range(2))
        axis = writer.constant(np.array(3, np.int32), "int32")
        writer.operator("SPLIT", [axis, style], [scale, shift], Options("SplitOptions", ((0, "i32", 2),)))
        writer.operator("DEQUANTIZE", [x], [real])
        writer.operator("MUL", [real, scale], [scaled])
        writer.operator("ADD", [scaled, shift], [shifted])
        out = writer.tensor((1, 64, 64, CHANNELS), "int8", _WIDE)
        writer.operator("QUANTIZE", [shifted], [out])
        return out

    def _quantize(self, x: int, shape: tuple[int, ...]) -> int:
        out = self._writer.tensor(shape, "int8", _SIGNED)
        self._writer.operator("QUANTIZE", [x], [out])
        return out

    def _fold(self, x: int) -> int:
        out = self._writer.tensor((1, 64, 64, 48), "int8", _SIGNED)
        self._writer.operator("SPACE_TO_DEPTH", [x], [out], Options("SpaceToDepthOptions", ((0, "i32", 4),)))
        return out

    def _unfold(self, x: int, step: float) -> int:
        signed = self._writer.tensor((1, 256, 256, 3), "int8", Quantization((step,)))
        self._writer.operator("DEPTH_TO_SPACE", [x], [signed], Options("DepthToSpaceOptions", ((0, "i32", 4),)))
        out = self._writer.tensor((1, 256, 256, 3), "uint8", Quantization((step,), 128))
        self._writer.operator("QUANTIZE", [signed], [out])
        return out

    def _crop(self, x: int) -> int:
        out = self._writer.tensor((1, 64, 64, 2), "int8", _SIGNED)
        spans = [np.array(v, np.int32) for v in ([0, 4, 4, 0], [0, -4, -4, 0], [1, 1, 1, 1])]
        options = Options("StridedSliceOptions", ((0, "i32", 0b1001), (1, "i32", 0b1001)))
        constants = [self._writer.constant(span, "int32") for span in spans]
        self._writer.operator("STRIDED_SLICE", [x, *constants], [out], options)
        return out

    def _join(self, x: int, field: int) -> int:
        out = self._writer.tensor((1, 64, 64, 50), "int8", _SIGNED)
        self._writer.operator("CONCATENATION", [x, field], [out], Options("ConcatenationOptions", ((0, "i32", 3),)))
        return out
