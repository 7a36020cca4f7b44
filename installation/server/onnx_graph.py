"""Builds the network's ONNX form straight from its ``.tflite`` file: the same integers, for batches of any size.

Every quantised tensor becomes uint8 (its int8 values plus 128), and the layers between quantise–dequantise pairs, from
which ONNX Runtime makes integer kernels. Sums of convolutions are exact in both; only the rounding of their results
differs, where they lie halfway between two steps.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from installation.errors import NetworkFileError, UsageError
from installation.network.canvas import BRISTLES, CHANNELS
from installation.network.graph import FLOAT32, INT4, INT8, INT32, UINT8
from installation.network.tflite import NetworkFile, unpack_int4

try:
    import onnx
    import tflite
    from onnx import TensorProto, helper, numpy_helper
except ImportError as missing:
    raise UsageError(
        f"the ONNX form of the network needs {missing.name}; in a clone of this project: pip install -e '.[server]'"
    ) from None

OPSET: Final = 17
_IR_VERSION: Final = 9
_SHIFT: Final = 128
"""Added to int8 values: ONNX Runtime's kernels are fastest with activations in uint8."""
_AXES: Final = (0, 2, 3, 1)
"""Where ONNX (batch, channels, rows, columns) has each of TFLite's axes (batch, rows, columns, channels)."""
_TO_THE_END: Final = 2**31 - 1
"""As a slice's end: the tensor's own end."""
_RELU, _RELU_N1_TO_1 = 1, 2
_STYLE: Final = "style"


def onnx_model(file: NetworkFile) -> bytes:
    """The ONNX model, with these inputs and this output (N pictures of one size, H and W multiples of 16).

    ``frame`` uint8 ``[N, H, W, 3]``; ``style`` float32 ``[N, 1, 1, K]``; ``strokes`` and ``bristles`` uint8: the
    canvases' int8 values plus 128, in the shapes of the file's `CanvasLayout`, for each picture; ``picture`` uint8
    ``[N, H, W, 3]``.

    Raises:
        NetworkFileError: the network has an operator that is not translated here.
    """
    return _Translation(file).model()


class _Translation:
    """One file's translation; nodes are appended in the file's order."""

    def __init__(self, file: NetworkFile) -> None:
        self._model = tflite.Model.GetRootAs(file.data)
        self._graph = self._model.Subgraphs(0)
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self._inputs: list[Any] = []
        self._names: dict[int, str] = {}
        """What each tensor of the file is called; a quantised one holds uint8."""
        self._reals: dict[str, str] = {}
        """The dequantised form of a tensor, where it was needed."""
        self._sources: dict[int, int] = {}
        """The quantised tensor from which a float one was dequantised."""
        self._kind = ""
        """The operator that is being translated."""
        self._operators: Mapping[str, Callable[[Any, list[int], list[int]], None]] = {
            "SPLIT_V": self._split,
            "DEQUANTIZE": self._dequantize,
            "QUANTIZE": self._quantize,
            "SPACE_TO_DEPTH": self._space_to_depth,
            "DEPTH_TO_SPACE": self._depth_to_space,
            "CONV_2D": self._convolution,
            "DEPTHWISE_CONV_2D": self._depthwise,
            "STRIDED_SLICE": self._slice,
            "CONCATENATION": self._concatenation,
            "MEAN": self._mean,
            "SQRT": self._root,
            "ADD": self._arithmetic,
            "SUB": self._arithmetic,
            "MUL": self._arithmetic,
            "DIV": self._arithmetic,
        }

    def model(self) -> bytes:
        for index in self._graph.InputsAsNumpy().tolist():
            self._take_input(index)
        for kind, operator in self._steps():
            inputs, outputs = operator.InputsAsNumpy().tolist(), operator.OutputsAsNumpy().tolist()
            if kind not in self._operators:
                raise NetworkFileError(f"the network uses {kind}, which is not translated to ONNX; run it as TFLite")
            self._kind = kind
            self._operators[kind](operator, inputs, outputs)
        picture = self._names[int(self._graph.Outputs(0))]
        self._nodes.append(helper.make_node("Transpose", [picture], ["picture"], perm=[0, 2, 3, 1]))
        output = helper.make_tensor_value_info("picture", TensorProto.UINT8, ["batch", "height", "width", 3])
        graph = helper.make_graph(self._nodes, "network", self._inputs, [output], list(self._constants.values()))
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR_VERSION, producer_name="installation"
        )
        onnx.checker.check_model(model)
        data: bytes = model.SerializeToString()
        return data

    def _steps(self) -> Iterator[tuple[str, Any]]:
        names = {value: name for name, value in vars(tflite.BuiltinOperator).items() if not name.startswith("_")}
        for place in range(self._graph.OperatorsLength()):
            operator = self._graph.Operators(place)
            code = self._model.OperatorCodes(operator.OpcodeIndex())
            yield names[max(code.DeprecatedBuiltinCode(), code.BuiltinCode())], operator

    # The file's tensors.

    def _take_input(self, index: int) -> None:
        kind, shape = self._graph.Tensors(index).Type(), self._shape(index)
        sides: tuple[str | int, str | int]
        if kind == FLOAT32:
            name, sides, number = _STYLE, (1, 1), TensorProto.FLOAT
        elif kind == UINT8:
            name, sides, number = "frame", ("height", "width"), TensorProto.UINT8
        elif shape[3] == CHANNELS:
            name, sides, number = "strokes", ("rows", "columns"), TensorProto.UINT8
        elif shape[3] == BRISTLES:
            name, sides, number = "bristles", ("bristles_down", "bristles_across"), TensorProto.UINT8
        else:
            raise NetworkFileError(f"the network has an input of the shape {list(shape)}, not translated to ONNX")
        self._inputs.append(helper.make_tensor_value_info(name, number, ["batch", *sides, shape[3]]))
        self._names[index] = self._node("Transpose", [name], perm=[0, 3, 1, 2])

    def _shape(self, tensor: int) -> tuple[int, ...]:
        table = self._graph.Tensors(tensor)
        return tuple(table.ShapeAsNumpy().tolist()) if table.ShapeLength() else ()

    def _step(self, tensor: int) -> tuple[float, int]:
        """Scale and zero point; the zero point as that of uint8."""
        table = self._graph.Tensors(tensor)
        record = table.Quantization()
        if record is None or record.ScaleLength() != 1:
            raise NetworkFileError("the network has a tensor with many scales or none, not translated to ONNX")
        return float(record.Scale(0)), int(record.ZeroPoint(0)) + (0 if table.Type() == UINT8 else _SHIFT)

    def _values(self, tensor: int) -> NDArray[Any]:
        """The integers of a constant, in its shape."""
        table = self._graph.Tensors(tensor)
        data = self._model.Buffers(table.Buffer()).DataAsNumpy()
        shape = self._shape(tensor)
        if table.Type() == INT4:
            return unpack_int4(data, math.prod(shape)).reshape(shape)
        values: NDArray[Any] = data.view({INT8: np.int8, INT32: np.int32}[table.Type()]).reshape(shape)
        return values

    # The new graph.

    def _node(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        output = f"t{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _constant(self, values: NDArray[Any]) -> str:
        """An initialiser; equal ones are one."""
        key = f"c{values.dtype.str[1:]}{values.shape}{hash(values.tobytes())}"
        if key not in self._constants:
            self._constants[key] = numpy_helper.from_array(np.ascontiguousarray(values), key)
        return key

    def _scale(self, scale: float, zero: int) -> list[str]:
        return [self._constant(_scalar(np.float32, scale)), self._constant(_scalar(np.uint8, zero))]

    def _quantized(self, tensor: int) -> bool:
        return bool(self._graph.Tensors(tensor).Type() != FLOAT32)

    def _real(self, tensor: int) -> str:
        """The float form of any tensor."""
        name = self._names[tensor]
        if not self._quantized(tensor):
            return name
        if name not in self._reals:
            self._reals[name] = self._node("DequantizeLinear", [name, *self._scale(*self._step(tensor))])
        return self._reals[name]

    def _write(self, tensor: int, real: str, activation: int = 0) -> None:
        """Give a tensor of the file these float values, after the activation, quantised where the file says so."""
        if activation == _RELU and not (self._quantized(tensor) and self._step(tensor)[1] == 0):
            real = self._node("Relu", [real])
        elif activation == _RELU_N1_TO_1:
            real = self._node("Clip", [real, *(self._constant(_scalar(np.float32, edge)) for edge in (-1, 1))])
        elif activation not in (0, _RELU):
            raise NetworkFileError("the network uses an activation that is not translated to ONNX")
        if self._quantized(tensor):
            real = self._node("QuantizeLinear", [real, *self._scale(*self._step(tensor))])
        self._names[tensor] = real

    def _options(self, operator: Any, kind: type[Any]) -> Any:
        table = operator.BuiltinOptions()
        if table is None:
            raise NetworkFileError(f"the network has a {self._kind} without options, not translated to ONNX")
        options = kind()
        options.Init(table.Bytes, table.Pos)
        return options

    # The operators.

    def _split(self, _: Any, inputs: list[int], outputs: list[int]) -> None:
        sizes = self._constant(self._values(inputs[1]).astype(np.int64))
        names = [f"part{place}" for place in range(len(outputs))]
        axis = _AXES[int(self._values(inputs[2]).item()) % 4]
        self._nodes.append(helper.make_node("Split", [self._names[inputs[0]], sizes], names, axis=axis))
        self._names.update(zip(outputs, names, strict=True))

    def _dequantize(self, _: Any, inputs: list[int], outputs: list[int]) -> None:
        self._sources[outputs[0]] = inputs[0]
        self._names[outputs[0]] = self._real(inputs[0])

    def _quantize(self, _: Any, inputs: list[int], outputs: list[int]) -> None:
        source = self._sources.get(inputs[0])
        if source is not None and self._step(source) == self._step(outputs[0]):
            self._names[outputs[0]] = self._names[source]
        else:
            self._write(outputs[0], self._real(inputs[0]))

    def _space_to_depth(self, operator: Any, inputs: list[int], outputs: list[int]) -> None:
        block = self._options(operator, tflite.SpaceToDepthOptions).BlockSize()
        # ONNX Runtime has this operator for floats only; slices of the bytes are faster.
        parts = [
            self._sliced(self._names[inputs[0]], (row, column), (_TO_THE_END,) * 2, _AXES[1:3], (block, block))
            for row in range(block)
            for column in range(block)
        ]
        self._names[outputs[0]] = self._node("Concat", parts, axis=_AXES[3])

    def _depth_to_space(self, operator: Any, inputs: list[int], outputs: list[int]) -> None:
        block = self._options(operator, tflite.DepthToSpaceOptions).BlockSize()
        self._write(outputs[0], self._node("DepthToSpace", [self._real(inputs[0])], blocksize=block, mode="DCR"))

    def _convolution(self, operator: Any, inputs: list[int], outputs: list[int]) -> None:
        self._convolve(self._options(operator, tflite.Conv2DOptions), inputs, outputs, (0, 3, 1, 2), 1)

    def _depthwise(self, operator: Any, inputs: list[int], outputs: list[int]) -> None:
        groups = self._shape(inputs[0])[3]
        self._convolve(self._options(operator, tflite.DepthwiseConv2DOptions), inputs, outputs, (3, 0, 1, 2), groups)

    def _convolve(
        self, options: Any, inputs: list[int], outputs: list[int], order: tuple[int, ...], groups: int
    ) -> None:
        scale, _ = self._step(inputs[1])
        weights = self._constant(self._values(inputs[1]).transpose(order).astype(np.int8))
        zero = self._constant(_scalar(np.int8, 0))
        real = self._node("DequantizeLinear", [weights, self._constant(_scalar(np.float32, scale)), zero])
        step = np.float32(self._step(inputs[0])[0]) * np.float32(scale)
        bias = self._constant(self._values(inputs[2]).astype(np.int32))
        zero = self._constant(_scalar(np.int32, 0))
        real_bias = self._node("DequantizeLinear", [bias, self._constant(_scalar(np.float32, float(step))), zero])
        convolved = self._node(
            "Conv",
            [self._real(inputs[0]), real, real_bias],
            strides=[options.StrideH(), options.StrideW()],
            dilations=[options.DilationHFactor(), options.DilationWFactor()],
            auto_pad="SAME_UPPER" if options.Padding() == tflite.Padding.SAME else "VALID",
            group=groups,
        )
        self._write(outputs[0], convolved, options.FusedActivationFunction())

    def _slice(self, operator: Any, inputs: list[int], outputs: list[int]) -> None:
        options = self._options(operator, tflite.StridedSliceOptions)
        begins, ends, strides = (self._values(place).tolist() for place in inputs[1:])
        rank = len(begins)
        begins = [0 if options.BeginMask() >> axis & 1 else begins[axis] for axis in range(rank)]
        ends = [_TO_THE_END if options.EndMask() >> axis & 1 else ends[axis] for axis in range(rank)]
        if options.ShrinkAxisMask() or rank != len(_AXES):
            raise NetworkFileError("the network has a slice of fewer axes, which is not translated to ONNX")
        self._names[outputs[0]] = self._sliced(self._names[inputs[0]], begins, ends, _AXES, strides)

    def _sliced(self, name: str, *bounds: Sequence[int]) -> str:
        """A slice; ``bounds`` are begins, ends, axes and strides."""
        return self._node("Slice", [name, *(self._constant(np.array(values, np.int64)) for values in bounds)])

    def _concatenation(self, operator: Any, inputs: list[int], outputs: list[int]) -> None:
        axis = _AXES[self._options(operator, tflite.ConcatenationOptions).Axis() % 4]
        if self._quantized(outputs[0]) and {self._step(place) for place in inputs} != {self._step(outputs[0])}:
            raise NetworkFileError("the network joins tensors of different scales, which is not translated to ONNX")
        self._names[outputs[0]] = self._node("Concat", [self._names[place] for place in inputs], axis=axis)

    def _mean(self, operator: Any, inputs: list[int], outputs: list[int]) -> None:
        axes = [_AXES[axis % 4] for axis in self._values(inputs[1]).ravel().tolist()]
        keep = int(self._options(operator, tflite.ReducerOptions).KeepDims())
        self._write(outputs[0], self._node("ReduceMean", [self._real(inputs[0])], axes=axes, keepdims=keep))

    def _root(self, _: Any, inputs: list[int], outputs: list[int]) -> None:
        self._write(outputs[0], self._node("Sqrt", [self._real(inputs[0])]))

    def _arithmetic(self, operator: Any, inputs: list[int], outputs: list[int]) -> None:
        name, options = _ARITHMETIC[self._kind]
        result = self._node(name, [self._real(place) for place in inputs])
        plain = operator.BuiltinOptions() is None
        activation = 0 if plain else self._options(operator, options).FusedActivationFunction()
        self._write(outputs[0], result, activation)


_ARITHMETIC: Final[Mapping[str, tuple[str, type[Any]]]] = {
    "ADD": ("Add", tflite.AddOptions),
    "SUB": ("Sub", tflite.SubOptions),
    "MUL": ("Mul", tflite.MulOptions),
    "DIV": ("Div", tflite.DivOptions),
}


def _scalar(kind: type[Any], value: float) -> NDArray[Any]:
    return np.array(value, kind)
