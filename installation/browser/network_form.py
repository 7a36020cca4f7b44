"""The network in the form that LiteRT.js runs: INT8 weights, one fixed size, no int8 inputs.

LiteRT.js cannot resize inputs, so each picture size is a file of its own; and it takes uint8 and float32 inputs only,
so the canvas comes in as uint8 (its int8 values plus 128) and the graph converts it.
"""

from typing import Any, Final

from installation.errors import RuntimeMissing, UsageError
from installation.frame import PictureSize
from installation.network.graph import INT8, UINT8
from installation.network.runtime import Choice, InferenceSession, runtimes
from installation.network.tflite import NetworkFile

try:
    import flatbuffers
    from ai_edge_litert import schema_py_generated as tflite
except ImportError as missing:
    raise UsageError(
        f"the network's browser form needs {missing.name}; in a clone of this project: pip install -e '.[server]'"
    ) from None

_IDENTIFIER: Final = b"TFL3"


def browser_network(file: NetworkFile, size: PictureSize) -> bytes:
    """The network for pictures of ``size`` (height, width); inputs and output keep their order.

    Raises:
        NetworkFileError: the runtime refuses the network at this size.
    """
    data = file.int8()
    model = tflite.ModelT.InitFromObj(tflite.Model.GetRootAs(data))
    graph = model.subgraphs[0]
    session = _opened(file, size)
    for index, tensor in enumerate(graph.tensors):
        tensor.shape = list(session.value(index).shape)
    graph.inputs = [
        _converted(model, graph, index) if graph.tensors[index].type == INT8 else index
        for index in map(int, graph.inputs)
    ]
    builder = flatbuffers.Builder(len(data) * 2)
    builder.Finish(model.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())


def _opened(file: NetworkFile, size: PictureSize) -> InferenceSession:
    """A session that knows the shape of each tensor at this size."""
    installed = runtimes()
    if not installed:
        raise RuntimeMissing("no runtime for the network is installed; install ai-edge-litert or tflite-runtime")
    first = installed[0]
    return InferenceSession(file, Choice(first.name, first.version, "int8", 1), size, observed=True)


def _converted(model: Any, graph: Any, index: int) -> int:
    """Put a uint8 input in front of an int8 tensor; return the input's index.

    Only the zero point differs, so the conversion is exact.
    """
    wanted = graph.tensors[index]
    given = tflite.TensorT()
    given.shape, given.type, given.name, given.buffer = wanted.shape, UINT8, wanted.name, 0
    given.quantization = tflite.QuantizationParametersT()
    given.quantization.scale = wanted.quantization.scale
    given.quantization.zeroPoint = [int(wanted.quantization.zeroPoint[0]) + 128]
    graph.tensors.append(given)
    operator = tflite.OperatorT()
    operator.opcodeIndex = _quantize(model)
    operator.inputs, operator.outputs = [len(graph.tensors) - 1], [index]
    graph.operators.insert(0, operator)
    return len(graph.tensors) - 1


def _quantize(model: Any) -> int:
    """The index of QUANTIZE among the model's operator codes."""
    for place, code in enumerate(model.operatorCodes):
        if max(code.builtinCode, code.deprecatedBuiltinCode) == tflite.BuiltinOperator.QUANTIZE:
            return place
    code = tflite.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = tflite.BuiltinOperator.QUANTIZE
    code.version = 1
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1
