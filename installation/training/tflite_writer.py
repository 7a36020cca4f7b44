"""Writes compact ``.tflite`` files.

The object API of the TFLite schema writes some 300 bytes of metadata for each operator. This writer shares equal
vectors and tables and omits names and default values, which leaves some 60 bytes. Field numbers are those of
``schema.fbs`` (TensorFlow, Apache-2.0).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
from flatbuffers import number_types as n
from numpy.typing import NDArray
from tflite import BuiltinOperator, BuiltinOptions, TensorType  # type: ignore[import-untyped]

DType = Literal["float32", "int32", "uint8", "int8", "int4"]
Field = tuple[int, str, int]
"""A field of a table: its slot, its kind ('offset' or the name of a scalar), its value."""

_TYPES = {
    "float32": TensorType.FLOAT32,
    "int32": TensorType.INT32,
    "uint8": TensorType.UINT8,
    "int8": TensorType.INT8,
    "int4": TensorType.INT4,
}
_SCALARS = {"i8": (1, n.Int8Flags), "u8": (1, n.Uint8Flags), "i32": (4, n.Int32Flags), "u32": (4, n.Uint32Flags)}


@dataclass(frozen=True)
class Quantization:
    """Affine quantisation with one scale for the tensor, or one scale for each index along ``axis``."""

    scales: tuple[float, ...]
    zero_point: int = 0
    axis: int = 0


@dataclass(frozen=True)
class _Tensor:
    shape: tuple[int, ...]
    dtype: DType
    quantization: Quantization | None
    buffer: int


@dataclass(frozen=True)
class Options:
    """Builtin options of an operator: the name of the union's member and its fields."""

    name: str
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class _Operator:
    code: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Options | None


def pack_int4(values: NDArray[np.int8]) -> bytes:
    """Pack two signed 4-bit values (−8…7) into each byte, the first into the low nibble."""
    flat = values.astype(np.int8).ravel()
    if flat.size % 2:
        flat = np.append(flat, np.int8(0))
    nibbles = flat.view(np.uint8) & 0x0F
    return bytes(nibbles[0::2] | (nibbles[1::2] << 4))


class TfliteWriter:
    """Collects the tensors and operators of one subgraph, then serialises them."""

    def __init__(self) -> None:
        self._tensors: list[_Tensor] = []
        self._operators: list[_Operator] = []
        self._buffers: dict[bytes, int] = {b"": 0}

    def tensor(self, shape: Sequence[int], dtype: DType = "float32", quantization: Quantization | None = None) -> int:
        """Add an activation; return its index."""
        return self._add(_Tensor(tuple(shape), dtype, quantization, 0))

    def shape(self, tensor: int) -> tuple[int, ...]:
        """The shape of a tensor."""
        return self._tensors[tensor].shape

    def constant(
        self,
        values: NDArray[np.int8] | NDArray[np.int32] | NDArray[np.float32],
        dtype: DType,
        quantization: Quantization | None = None,
    ) -> int:
        """Add a constant and return its index; equal constants share one buffer and one index."""
        data = pack_int4(values.astype(np.int8)) if dtype == "int4" else values.astype(np.dtype(dtype)).tobytes()
        buffer = self._buffers.setdefault(data, len(self._buffers))
        return self._add(_Tensor(values.shape, dtype, quantization, buffer), reuse=True)

    def operator(
        self, name: str, inputs: Sequence[int], outputs: Sequence[int], options: Options | None = None
    ) -> None:
        """Add an operator by its builtin name, in execution order."""
        self._operators.append(_Operator(getattr(BuiltinOperator, name), tuple(inputs), tuple(outputs), options))

    def finish(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """The bytes of the file; ``inputs`` and ``outputs`` are indices of tensors."""
        return _Serializer().model(self._tensors, self._operators, (tuple(inputs), tuple(outputs)), list(self._buffers))

    def _add(self, tensor: _Tensor, reuse: bool = False) -> int:
        if reuse and tensor in self._tensors:
            return self._tensors.index(tensor)
        self._tensors.append(tensor)
        return len(self._tensors) - 1


class _Serializer:
    """Builds the flatbuffer; equal vectors and tables share one place in it."""

    def __init__(self) -> None:
        self._builder = flatbuffers.Builder(32768)
        self._seen: dict[object, int] = {}

    def model(
        self,
        tensors: list[_Tensor],
        operators: list[_Operator],
        ends: tuple[tuple[int, ...], tuple[int, ...]],
        buffers: list[bytes],
    ) -> bytes:
        # The most frequent operator gets index 0: this is the default, which takes no bytes.
        codes = [code for code, _ in Counter(operator.code for operator in operators).most_common()]
        buffer_tables = [self._buffer(data) for data in buffers]
        tensor_tables = [self._tensor(tensor) for tensor in tensors]
        operator_tables = [self._operator(operator, codes.index(operator.code)) for operator in operators]
        subgraph = self._table(
            (
                (0, "offset", self._offsets(tensor_tables)),
                (1, "offset", self._ints(ends[0])),
                (2, "offset", self._ints(ends[1])),
                (3, "offset", self._offsets(operator_tables)),
            )
        )
        code_tables = [self._table(((0, "i8", code),)) for code in codes]
        model = self._table(
            (
                (0, "u32", 3),
                (1, "offset", self._offsets(code_tables)),
                (2, "offset", self._offsets([subgraph])),
                (4, "offset", self._offsets(buffer_tables)),
            )
        )
        self._builder.Finish(model, file_identifier=b"TFL3")
        return bytes(self._builder.Output())

    def _buffer(self, data: bytes) -> int:
        return self._table(((0, "offset", self._vector("u1", data, len(data))),) if data else ())

    def _tensor(self, tensor: _Tensor) -> int:
        fields: list[Field] = [(0, "offset", self._ints(tensor.shape))]
        if tensor.dtype != "float32":
            fields.append((1, "i8", _TYPES[tensor.dtype]))
        if tensor.buffer:
            fields.append((2, "u32", tensor.buffer))
        if tensor.quantization:
            fields.append((4, "offset", self._quantization(tensor.quantization)))
        return self._table(tuple(fields))

    def _quantization(self, quantization: Quantization) -> int:
        scales = np.asarray(quantization.scales, "<f4")
        zeros = np.full(len(scales), quantization.zero_point, "<i8")
        fields: list[Field] = [
            (2, "offset", self._vector("f4", scales.tobytes(), len(scales))),
            (3, "offset", self._vector("i8", zeros.tobytes(), len(zeros))),
        ]
        if quantization.axis:
            fields.append((6, "i32", quantization.axis))
        return self._table(tuple(fields))

    def _operator(self, operator: _Operator, index: int) -> int:
        fields: list[Field] = [
            (1, "offset", self._ints(operator.inputs)),
            (2, "offset", self._ints(operator.outputs)),
        ]
        if index:
            fields.append((0, "u32", index))
        if operator.options:
            fields.append((3, "u8", getattr(BuiltinOptions, operator.options.name)))
            fields.append((4, "offset", self._table(operator.options.fields)))
        return self._table(tuple(fields))

    def _ints(self, values: Sequence[int]) -> int:
        return self._vector("i4", np.asarray(values, "<i4").tobytes(), len(values))

    def _vector(self, kind: str, data: bytes, length: int) -> int:
        key = (kind, data)
        if key not in self._seen:
            size = int(kind[1])
            self._seen[key] = self._find(length.to_bytes(4, "little") + data, size) or self._write(data, length, size)
        return self._seen[key]

    def _find(self, image: bytes, size: int) -> int | None:
        """The offset at which the same bytes already stand, aligned, as part of any object; None if nowhere.

        A reader only follows offsets, so it can't tell the difference.
        """
        builder = self._builder
        written = bytes(builder.Bytes[builder.Head() :])
        at = written.find(image)
        while at >= 0:
            offset = len(written) - at
            # Offsets count from the end, which is aligned as in the finished file.
            if offset % 4 == 0 and (offset - 4) % size == 0:
                return offset
            at = written.find(image, at + 1)
        return None

    def _write(self, data: bytes, length: int, size: int) -> int:
        builder = self._builder
        builder.StartVector(size, length, size)
        builder.head = builder.head - len(data)
        builder.Bytes[builder.head : builder.head + len(data)] = data
        return int(builder.EndVector())

    def _offsets(self, offsets: Sequence[int]) -> int:
        self._builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self._builder.PrependUOffsetTRelative(offset)
        return int(self._builder.EndVector())

    def _table(self, fields: tuple[Field, ...]) -> int:
        key = ("table", fields)
        if key not in self._seen:
            builder = self._builder
            builder.StartObject(max((slot for slot, _, _ in fields), default=-1) + 1)
            # Prepending narrow fields first puts wide fields first in the file: fewer padding bytes.
            for slot, kind, value in sorted(fields, key=lambda f: f[1] in ("i8", "u8"), reverse=True):
                if kind == "offset":
                    builder.PrependUOffsetTRelative(value)
                else:
                    builder.Prepend(_SCALARS[kind][1], value)
                builder.Slot(slot)
            self._seen[key] = builder.EndObject()
        return self._seen[key]
