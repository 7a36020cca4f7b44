"""What the delegates of TensorFlow Lite say they take, from their own published lists.

- XNNPACK: `tensorflow/lite/delegates/xnnpack/README.md` ("Floating-Point Operators", "Quantized Operators"). The
  runtimes take more by now: a test asks the installed one.
- GPU (OpenCL, OpenGL): tensorflow.org/lite/performance/gpu ("GPU ML operations support"). It computes in floats;
  quantised models run too, their bytes taken as floats, where `isQuantizedModelsAllowed` is on (the default).
- NNAPI: `tensorflow/lite/delegates/nnapi/nnapi_delegate.cc`, the operators that pass its validation; Android's own
  drivers may take less. Android 15 deprecates NNAPI.
- Core ML: `tensorflow/lite/delegates/coreml/README.md` ("Supported ops"); "supports float (FP32 and FP16) models".
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Delegate:
    """Operators that a delegate takes: on floats, on quantised bytes, and those from one to the other."""

    name: str
    floats: frozenset[str]
    bytes: frozenset[str] = field(default_factory=frozenset)
    between: frozenset[str] = field(default_factory=frozenset)

    def takes(self, operator: str, kind: str) -> bool:
        """Whether its list has the operator on this kind of values."""
        return operator in {"floats": self.floats, "bytes": self.bytes, "between": self.between}[kind]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_XNNPACK_FLOATS = _names(
    "ABS ADD AVERAGE_POOL_2D CEIL CONV_2D DEPTH_TO_SPACE DEPTHWISE_CONV_2D DIV ELU FULLY_CONNECTED FLOOR HARD_SWISH "
    "LEAKY_RELU LOGISTIC MAX_POOL_2D MAXIMUM MEAN MINIMUM MUL NEG PAD PRELU RELU RELU6 RELU_N1_TO_1 RESHAPE "
    "RESIZE_BILINEAR ROUND SOFTMAX SQRT SQUARE SQUARED_DIFFERENCE SUB"
)
_XNNPACK_BYTES = _names("ADD CONV_2D DEPTHWISE_CONV_2D ELU FULLY_CONNECTED LOGISTIC MAX_POOL_2D MUL PAD SUB")
_GPU = _names(
    "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D EXP FULLY_CONNECTED LOGICAL_AND LOGISTIC LSTM "
    "MAX_POOL_2D MAXIMUM MINIMUM MUL PAD PRELU RELU RELU6 RESHAPE RESIZE_BILINEAR SOFTMAX STRIDED_SLICE SUB "
    "TRANSPOSE_CONV"
)
_NNAPI = _names("ADD CONCATENATION CONV_2D DEPTH_TO_SPACE DEPTHWISE_CONV_2D MUL SPACE_TO_DEPTH STRIDED_SLICE SUB")
_CORE_ML = _names(
    "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D FULLY_CONNECTED HARD_SWISH LOGISTIC MAX_POOL_2D "
    "MIRROR_PAD MUL PAD RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR SOFTMAX TANH TRANSPOSE_CONV"
)

DELEGATES = (
    Delegate("XNNPACK", _XNNPACK_FLOATS, _XNNPACK_BYTES),
    Delegate("GPU (OpenCL, OpenGL)", _GPU, _GPU),
    # Its DEQUANTIZE takes int8 with zero point 0 only, its QUANTIZE gives uint8 only: neither serves here.
    Delegate("NNAPI", _NNAPI | _names("DIV MEAN"), _NNAPI),
    Delegate("Core ML", _CORE_ML),
)
