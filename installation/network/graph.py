"""The network's graph, read from an untrusted file and checked so thoroughly that a runtime can run it safely."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from installation.network.flatbuffer import Malformed, Table
from installation.network.operators import CONV_2D, DEPTHWISE_CONV_2D, OPERATORS, Operator, Option

FLOAT32: Final = 0
INT32: Final = 2
UINT8: Final = 3
INT8: Final = 9
INT4: Final = 17

_BITS: Final = {FLOAT32: 32, INT32: 32, UINT8: 8, INT8: 8, INT4: 4}
_ZERO_POINTS: Final = {INT32: (0, 0), UINT8: (0, 255), INT8: (-128, 127), INT4: (0, 0)}

MAX_TENSORS: Final = 1024
MAX_OPERATORS: Final = 512
MAX_RANK: Final = 5
MAX_EDGE: Final = 4096
MAX_VALUES: Final = 1 << 24
MIN_SCALE: Final = 1e-12
MAX_SCALE: Final = 1e6

# Field numbers of schema.fbs. What is not listed (metadata, signatures, custom operators, sparsity) is refused.
_MODEL = frozenset({0, 1, 2, 3, 4})
_CODE = frozenset({0, 2, 3})
_SUBGRAPH = frozenset({0, 1, 2, 3, 4})
_TENSOR = frozenset({0, 1, 2, 3, 4, 8})
_QUANTIZATION = frozenset({0, 1, 2, 3, 6})
_OPERATOR = frozenset({0, 1, 2, 3, 4})
_BUFFER = frozenset({0})


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor; ``buffer`` is 0 for activations. ``type_address`` is where the file keeps the type's byte."""

    shape: tuple[int, ...]
    type: int
    buffer: int
    per_channel: bool
    type_address: int

    @property
    def values(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Buffer:
    """Constant bytes ``data[start:start + length]``; ``offset_address`` is where the file keeps the offset to them."""

    start: int
    length: int
    offset_address: int


@dataclass(frozen=True, slots=True)
class Step:
    """One operator in the graph: its number in the schema, and the tensors that it reads and writes."""

    operator: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """The parts of the file that the rest of the package uses."""

    tensors: tuple[Tensor, ...]
    buffers: tuple[Buffer, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    steps: tuple[Step, ...] = ()


def read_graph(data: bytes) -> Graph:
    """Read and check the graph.

    Raises:
        Malformed: the bytes are damaged, or use something that the runtimes do not handle safely.
    """
    if len(data) < 8 or data[4:8] != b"TFL3":
        raise Malformed("it has no TFLite mark")
    model = Table(data, int.from_bytes(data[:4], "little"), _MODEL)
    if model.integer(0, "u32") != 3:
        raise Malformed("it is not version 3 of the format")
    buffers = tuple(_buffer(table) for table in model.tables(4, _BUFFER, MAX_TENSORS))
    if not buffers or buffers[0].length:
        raise Malformed("buffer 0 is not the empty one")
    kinds = [_kind(table) for table in model.tables(1, _CODE, len(OPERATORS))]
    subgraphs = model.tables(2, _SUBGRAPH, 16)
    if len(subgraphs) != 1:
        raise Malformed(f"it has {len(subgraphs)} subgraphs, not one")
    subgraph = subgraphs[0]
    subgraph.check_text(4)
    tensors = tuple(_tensor(table, buffers) for table in subgraph.tables(0, _TENSOR, MAX_TENSORS))
    graph = Graph(tensors, buffers, subgraph.integers(1), subgraph.integers(2))
    return replace(graph, steps=_check_flow(data, graph, subgraph.tables(3, _OPERATOR, MAX_OPERATORS), kinds))


def _buffer(table: Table) -> Buffer:
    start, length = table.vector(0, 1)
    return Buffer(start, length, table.address(0, "u32") if table.has(0) else 0)


def _kind(table: Table) -> int:
    code = max(table.integer(0, "i8"), table.integer(3, "i32"))
    if code not in OPERATORS:
        raise Malformed(f"operator {code} is not one of those that a network may use")
    if not 1 <= table.integer(2, "i32", 1) <= 16:
        raise Malformed("an operator's version is out of range")
    return code


def _tensor(table: Table, buffers: tuple[Buffer, ...]) -> Tensor:
    shape = table.integers(0)
    if len(shape) > MAX_RANK or not all(1 <= edge <= MAX_EDGE for edge in shape) or math.prod(shape) > MAX_VALUES:
        raise Malformed(f"a tensor has the shape {shape[:8]}")
    kind = table.integer(1, "i8")
    if kind not in _BITS:
        raise Malformed(f"a tensor has the type {kind}")
    buffer = table.integer(2, "u32")
    if buffer >= len(buffers):
        raise Malformed(f"a tensor wants buffer {buffer} of {len(buffers)}")
    tensor = Tensor(
        shape,
        kind,
        buffer if buffers[buffer].length else 0,
        _check_quantization(table, shape, kind),
        table.address(1, "i8") if table.has(1) else 0,
    )
    if tensor.buffer and buffers[buffer].length != (tensor.values * _BITS[kind] + 7) // 8:
        raise Malformed(f"a constant of the shape {shape} has {buffers[buffer].length} bytes")
    table.check_text(3)
    return tensor


def _check_quantization(table: Table, shape: tuple[int, ...], kind: int) -> bool:
    """Check the tensor's quantisation; True when it is per channel."""
    quantization = table.table(4, _QUANTIZATION)
    if quantization is None:
        if kind in (INT8, INT4):
            raise Malformed("an integer tensor has no quantisation")
        return False
    scales, zeros = quantization.values(2, "f32"), quantization.values(3, "i64")
    quantization.vector(0, 4)
    quantization.vector(1, 4)
    axis = quantization.integer(6, "i32")
    if not scales and not zeros and kind not in (INT8, INT4):
        return False
    if len(scales) != len(zeros) or not all(MIN_SCALE <= s <= MAX_SCALE for s in scales):
        raise Malformed("a tensor's quantisation scales are not positive numbers, one for each zero point")
    low, high = _ZERO_POINTS.get(kind, (0, 0))
    if not all(low <= zero <= high for zero in zeros):
        raise Malformed("a tensor's zero point is out of range")
    if len(scales) != 1 and not (0 <= axis < len(shape) and len(scales) == shape[axis]):
        raise Malformed("a tensor's quantisation does not fit its shape")
    return len(scales) > 1


def _check_flow(data: bytes, graph: Graph, operators: list[Table], kinds: list[int]) -> tuple[Step, ...]:
    """The operators; each reads only tensors that are written before it, and no tensor is written twice."""
    steps = []
    known = {index for index, tensor in enumerate(graph.tensors) if tensor.buffer}
    known |= set(_indices(graph.inputs, graph, "input"))
    if len(known) != sum(1 for tensor in graph.tensors if tensor.buffer) + len(graph.inputs):
        raise Malformed("an input is a constant, or is named twice")
    for table in operators:
        index = table.integer(0, "u32")
        if index >= len(kinds):
            raise Malformed(f"an operator wants code {index} of {len(kinds)}")
        operator = OPERATORS[kinds[index]]
        inputs, outputs = table.integers(1), table.integers(2)
        if not operator.inputs[0] <= len(inputs) <= operator.inputs[1]:
            raise Malformed(f"{operator.name} has {len(inputs)} inputs")
        if not operator.outputs[0] <= len(outputs) <= operator.outputs[1]:
            raise Malformed(f"{operator.name} has {len(outputs)} outputs")
        if not known.issuperset(_indices(inputs, graph, operator.name)):
            raise Malformed(f"{operator.name} reads a tensor before it is written")
        for output in _indices(outputs, graph, operator.name):
            if output in known:
                raise Malformed(f"{operator.name} writes a tensor that already has a value")
            known.add(output)
        _check_options(table, operator)
        _check_arguments(data, graph, operator, inputs)
        _check_types(graph, kinds[index], inputs, outputs)
        steps.append(Step(kinds[index], inputs, outputs))
    if not known.issuperset(_indices(graph.outputs, graph, "output")):
        raise Malformed("an output is never written")
    return tuple(steps)


def _indices(indices: tuple[int, ...], graph: Graph, what: str) -> tuple[int, ...]:
    if not all(0 <= index < len(graph.tensors) for index in indices):
        raise Malformed(f"{what} names a tensor that is not there")
    return indices


def _check_options(table: Table, operator: Operator) -> None:
    union = table.integer(3, "u8")
    if union not in (0, operator.union):
        raise Malformed(f"{operator.name} has options of another operator")
    slots = frozenset(slot for slot, _ in operator.options)
    options = table.table(4, slots) if union else None
    if union and options is None:
        raise Malformed(f"{operator.name} lacks its options")
    if operator.name in ("SPLIT", "SPLIT_V") and _option(options, *operator.options[0]) != len(table.integers(2)):
        raise Malformed(f"{operator.name} has another number of outputs than it says")
    for slot, option in operator.options:
        if not option.low <= _option(options, slot, option) <= option.high:
            raise Malformed(f"{operator.name} has an option (number {slot}) out of range")


def _option(options: Table | None, slot: int, option: Option) -> float:
    if options is None:
        return option.default
    if option.kind == "f32":
        return options.number(slot)
    return options.integer(slot, option.kind, option.default)


def _check_arguments(data: bytes, graph: Graph, operator: Operator, inputs: tuple[int, ...]) -> None:
    for place, low, high in operator.arguments:
        tensor = graph.tensors[inputs[place]]
        if not tensor.buffer or tensor.type != INT32:
            raise Malformed(f"{operator.name} has an argument that is not constant")
        values = np.frombuffer(data, "<i4", tensor.values, graph.buffers[tensor.buffer].start)
        if values.min() < low or values.max() > high:
            raise Malformed(f"{operator.name} has an argument out of range")
        if operator.name == "MIRROR_PAD":
            _check_mirroring(graph.tensors[inputs[0]].shape, tensor.shape, values)


def _check_mirroring(shape: tuple[int, ...], paddings: tuple[int, ...], values: NDArray[np.int32]) -> None:
    """Mirrored can only be what is there."""
    if paddings != (len(shape), 2) or any(
        max(pair) >= edge for pair, edge in zip(values.reshape(-1, 2), shape, strict=True)
    ):
        raise Malformed("MIRROR_PAD mirrors more than there is")


def _check_types(graph: Graph, kind: int, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> None:
    """Allow INT4 only as weights of a convolution with INT8 activations: elsewhere the runtimes give NaN or crash."""
    tensors = [graph.tensors[index] for index in inputs]
    convolution = kind in (CONV_2D, DEPTHWISE_CONV_2D)
    for place, tensor in enumerate(tensors):
        weights = convolution and place == 1
        if tensor.type == INT4 and not (weights and tensor.buffer and tensors[0].type == INT8):
            raise Malformed(f"{OPERATORS[kind].name} takes INT4 where only weights of an INT8 convolution may be")
        if tensor.per_channel and not (convolution and place > 0):
            raise Malformed(f"{OPERATORS[kind].name} takes a tensor quantised per channel")
    if any(graph.tensors[index].type == INT4 or graph.tensors[index].per_channel for index in outputs):
        raise Malformed(f"{OPERATORS[kind].name} writes INT4 or per-channel values")
    if convolution:
        _check_convolution(tensors, kind)


def _check_convolution(tensors: list[Tensor], kind: int) -> None:
    weights = tensors[1]
    if not weights.buffer or len(weights.shape) != 4 or len(tensors[0].shape) != 4:
        raise Malformed("a convolution's weights are not a constant of four dimensions")
    channels = weights.shape[3 if kind == DEPTHWISE_CONV_2D else 0]
    if tensors[2].shape != (channels,) or not tensors[2].buffer:
        raise Malformed("a convolution's bias does not fit its weights")
