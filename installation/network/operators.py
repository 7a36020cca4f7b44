"""The TFLite operators that a network may use, and what their options may hold.

Numbers are those of TensorFlow's ``schema.fbs``. They are copied here because importing a generated schema takes a
noticeable part of the start-up time; a test compares them with the schema.

The runtimes divide by strides and trust filter sizes, so every option has a range that is safe to run.
"""

from dataclasses import dataclass
from typing import Final

from installation.network.flatbuffer import Scalar


@dataclass(frozen=True, slots=True)
class Option:
    """One field of an operator's options: its kind, the schema's default, and the allowed range (inclusive)."""

    kind: Scalar
    default: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Operator:
    """One kind of operator.

    ``inputs`` and ``outputs`` are the least and the most it takes; ``union`` is the number of its options table and
    ``options`` that table's fields by slot. ``arguments`` are inputs that hold axes, sizes or paddings: the input's
    place, and the least and greatest value; they must be constants, because a computed one could not be checked.
    """

    name: str
    inputs: tuple[int, int]
    outputs: tuple[int, int] = (1, 1)
    union: int = 0
    options: tuple[tuple[int, Option], ...] = ()
    arguments: tuple[tuple[int, int, int], ...] = ()


_PADDING = Option("i8", 0, 0, 1)
_ACTIVATION = Option("i8", 0, 0, 3)
_STRIDE = Option("i32", 0, 1, 8)
_DILATION = Option("i32", 1, 1, 8)
_FILTER = Option("i32", 0, 1, 64)
_AXIS = Option("i32", 0, -4, 3)
_BLOCK = Option("i32", 0, 2, 8)
_FLAG = Option("bool", 0, 0, 1)
_FLAG_SET = Option("bool", 1, 0, 1)
_TYPE = Option("i8", 0, 0, 9)
_PARTS = Option("i32", 0, 1, 64)
_MASK = Option("i32", 0, 0, 15)
_NONE = Option("i32", 0, 0, 0)

ADD: Final = 0
CONV_2D: Final = 3
DEPTHWISE_CONV_2D: Final = 4
MUL: Final = 18
SUB: Final = 41
DIV: Final = 42
SQRT: Final = 75
SPLITS: Final = (49, 102)

OPERATORS: Final[dict[int, Operator]] = {
    0: Operator("ADD", (2, 2), union=11, options=((0, _ACTIVATION), (1, _FLAG_SET))),
    1: Operator(
        "AVERAGE_POOL_2D",
        (1, 1),
        union=5,
        options=((0, _PADDING), (1, _STRIDE), (2, _STRIDE), (3, _FILTER), (4, _FILTER), (5, _ACTIVATION)),
    ),
    2: Operator("CONCATENATION", (1, 48), union=10, options=((0, _AXIS), (1, _ACTIVATION))),
    CONV_2D: Operator(
        "CONV_2D",
        (3, 3),
        union=1,
        options=((0, _PADDING), (1, _STRIDE), (2, _STRIDE), (3, _ACTIVATION), (4, _DILATION), (5, _DILATION)),
    ),
    DEPTHWISE_CONV_2D: Operator(
        "DEPTHWISE_CONV_2D",
        (3, 3),
        union=2,
        options=(
            (0, _PADDING),
            (1, _STRIDE),
            (2, _STRIDE),
            # The runtimes take the multiplier from the shapes; some exporters leave it 0.
            (3, Option("i32", 0, 0, 16)),
            (4, _ACTIVATION),
            (5, _DILATION),
            (6, _DILATION),
        ),
    ),
    5: Operator("DEPTH_TO_SPACE", (1, 1), union=94, options=((0, _BLOCK),)),
    6: Operator("DEQUANTIZE", (1, 1), union=38),
    17: Operator(
        "MAX_POOL_2D",
        (1, 1),
        union=5,
        options=((0, _PADDING), (1, _STRIDE), (2, _STRIDE), (3, _FILTER), (4, _FILTER), (5, _ACTIVATION)),
    ),
    14: Operator("LOGISTIC", (1, 1)),
    18: Operator("MUL", (2, 2), union=21, options=((0, _ACTIVATION),)),
    19: Operator("RELU", (1, 1)),
    21: Operator("RELU6", (1, 1)),
    23: Operator("RESIZE_BILINEAR", (2, 2), union=15, options=((2, _FLAG), (3, _FLAG)), arguments=((1, 1, 1024),)),
    26: Operator("SPACE_TO_DEPTH", (1, 1), union=19, options=((0, _BLOCK),)),
    28: Operator("TANH", (1, 1)),
    34: Operator("PAD", (2, 2), union=22, arguments=((1, 0, 16),)),
    40: Operator("MEAN", (2, 2), union=27, options=((0, _FLAG),), arguments=((1, -4, 3),)),
    41: Operator("SUB", (2, 2), union=28, options=((0, _ACTIVATION), (1, _FLAG_SET))),
    DIV: Operator("DIV", (2, 2), union=29, options=((0, _ACTIVATION),)),
    45: Operator(
        "STRIDED_SLICE",
        (4, 4),
        union=32,
        options=((0, _MASK), (1, _MASK), (2, _NONE), (3, _NONE), (4, _MASK), (5, Option("bool", 0, 0, 0))),
        arguments=((1, -4096, 4096), (2, -4096, 4096), (3, 1, 16)),
    ),
    49: Operator("SPLIT", (2, 2), (1, 64), union=35, options=((0, _PARTS),), arguments=((0, -4, 3),)),
    53: Operator("CAST", (1, 1), union=37, options=((0, _TYPE), (1, _TYPE))),
    55: Operator("MAXIMUM", (2, 2), union=39),
    57: Operator("MINIMUM", (2, 2), union=39),
    65: Operator("SLICE", (3, 3), union=48, arguments=((1, 0, 4096), (2, -1, 4096))),
    69: Operator("TILE", (2, 2), union=51, arguments=((1, 1, 16),)),
    SQRT: Operator("SQRT", (1, 1)),
    76: Operator("RSQRT", (1, 1)),
    92: Operator("SQUARE", (1, 1), union=66),
    97: Operator(
        "RESIZE_NEAREST_NEIGHBOR", (2, 2), union=74, options=((0, _FLAG), (1, _FLAG)), arguments=((1, 1, 1024),)
    ),
    98: Operator("LEAKY_RELU", (1, 1), union=75, options=((0, Option("f32", 0, -1, 1)),)),
    99: Operator("SQUARED_DIFFERENCE", (2, 2), union=76),
    100: Operator("MIRROR_PAD", (2, 2), union=77, options=((0, Option("i8", 0, 0, 1)),), arguments=((1, 0, 4),)),
    102: Operator("SPLIT_V", (3, 3), (1, 64), union=79, options=((0, _PARTS),), arguments=((1, -1, 4096), (2, -4, 3))),
    114: Operator("QUANTIZE", (1, 1), union=89),
    117: Operator("HARD_SWISH", (1, 1), union=91),
}
"""By builtin code."""
