"""Rebuilds the PyTorch network from its ``.tflite`` file, to fit new styles and to export other formats.

It takes integer weights, scales and zero points from the file, so that the network rounds as the file does.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tflite
import torch
from numpy.typing import NDArray

from installation.errors import NetworkFileError
from installation.network.tflite import NetworkFile
from installation.training.network import FOLD, AdaIN, Architecture, Convolution, PaintNetwork, Residual, Separable
from installation.training.quantization import ActivationQuantizer, Precision

_INT4 = 17


@dataclass(frozen=True)
class _Node:
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class _File:
    """Reads operators and tensors from the flatbuffer, which the caller has checked."""

    def __init__(self, data: bytes) -> None:
        self._model = tflite.Model.GetRootAs(data)
        self._graph = self._model.Subgraphs(0)
        self.inputs: list[int] = self._graph.InputsAsNumpy().tolist()

    def nodes(self) -> Iterator[_Node]:
        names = {v: k for k, v in vars(tflite.BuiltinOperator).items() if not k.startswith("_")}
        for index in range(self._graph.OperatorsLength()):
            operator = self._graph.Operators(index)
            code = self._model.OperatorCodes(operator.OpcodeIndex())
            builtin = max(code.DeprecatedBuiltinCode(), code.BuiltinCode())
            inputs, outputs = (tuple(v.tolist()) for v in (operator.InputsAsNumpy(), operator.OutputsAsNumpy()))
            yield _Node(names[builtin], inputs, outputs)

    def shape(self, tensor: int) -> tuple[int, ...]:
        return tuple(self._graph.Tensors(tensor).ShapeAsNumpy().tolist())

    def scale(self, tensor: int) -> tuple[float, int]:
        """Scale and zero point."""
        record: Any = self._graph.Tensors(tensor).Quantization()
        return float(record.Scale(0)), int(record.ZeroPoint(0))

    def values(self, tensor: int) -> NDArray[np.int32]:
        """The integers of a constant in its shape; INT4 values are unpacked."""
        entry = self._graph.Tensors(tensor)
        data = self._model.Buffers(entry.Buffer()).DataAsNumpy()
        shape = self.shape(tensor)
        if entry.Type() == _INT4:
            nibbles = np.stack((data & 15, data >> 4), 1).ravel()[: math.prod(shape)].astype(np.int32)
            return np.where(nibbles > 7, nibbles - 16, nibbles).reshape(shape)
        kind = np.int32 if entry.Type() == tflite.TensorType.INT32 else np.int8
        return data.view(kind).astype(np.int32).reshape(shape)


class _Importer:
    """Assigns the operators to layers, relying on the order in which ``tflite_export`` writes them."""

    def __init__(self, data: bytes) -> None:
        self._file = _File(data)
        self._nodes = list(self._file.nodes())

    def build(self) -> PaintNetwork:
        convolutions = [n for n in self._nodes if n.name in ("CONV_2D", "DEPTHWISE_CONV_2D")]
        quantized = [n for n in self._nodes if n.name == "QUANTIZE" and len(self._file.shape(n.outputs[0])) == 4]
        network = PaintNetwork(self._architecture(convolutions))
        network.set_precision(Precision.INT4)
        seen: set[int] = set()
        for layer, node in zip(self._layers(network), convolutions, strict=True):
            if isinstance(layer, ActivationQuantizer):
                self._set(layer, node.outputs[0])
            elif layer is not None and id(layer) not in seen:
                self._load(layer, node)
                seen.add(id(layer))
        # QUANTIZE operators come in this order: frame, each AdaIN, sharpness, picture.
        adains = quantized[1:-2]
        for adain, node in zip(self._adains(network), adains, strict=True):
            self._set(adain.quantize_output, node.outputs[0])
        sums = [n for n in self._nodes if n.name == "ADD" and self._is_integer(n)]
        for quantizer, node in zip(self._sums(network), sums, strict=True):
            self._set(quantizer, node.outputs[0])
        return network.eval()

    def _architecture(self, convolutions: list[_Node]) -> Architecture:
        outputs = [self._file.shape(n.outputs[0])[-1] for n in convolutions]
        weights = [n.inputs[1] for n in convolutions]
        frame, strokes = (self._file.shape(self._file.inputs[place]) for place in (0, 2))
        return Architecture(
            stem=outputs[1],
            body=outputs[3],
            body_passes=weights.count(weights[4]),
            detail_passes=weights.count(weights[-7]),
            pad=(strokes[1] - frame[1] // FOLD) // 2,
        )

    def _is_integer(self, node: _Node) -> bool:
        return self._file._graph.Tensors(node.inputs[0]).Type() != tflite.TensorType.FLOAT32

    def _load(self, layer: Convolution, node: _Node) -> None:
        values = torch.from_numpy(self._file.values(node.inputs[1]))
        order = (3, 0, 1, 2) if layer.depthwise else (0, 3, 1, 2)
        scale = self._file.scale(node.inputs[1])[0]
        layer.quantize_weight.log_step.fill_(math.log(scale))
        layer.weight.data.copy_(values.permute(order).float() * scale)
        if layer.bias is not None:
            step = self._file.scale(node.inputs[0])[0] * scale
            layer.bias.data.copy_(torch.from_numpy(self._file.values(node.inputs[2])).float() * step)
        self._set(layer.quantize_output, node.outputs[0])

    def _set(self, quantizer: ActivationQuantizer, tensor: int) -> None:
        if quantizer.fixed:
            return
        scale, zero_point = self._file.scale(tensor)
        quantizer.fixed = True
        quantizer.low.fill_(-(zero_point + 128) * scale)
        quantizer.high.fill_((127 - zero_point) * scale)
        quantizer.seen.fill_(True)

    @staticmethod
    def _layers(network: PaintNetwork) -> Iterator[Convolution | ActivationQuantizer | None]:
        """The layers in the file's order of convolutions.

        A convolution with fixed weights is represented by the quantiser of its output, `Coarsen` by None.
        """

        def pair(block: Separable) -> tuple[Convolution, Convolution]:
            return block.depthwise, block.pointwise

        yield None
        yield network.stem
        yield from pair(network.down)
        for _ in network.body_passes:
            yield from pair(network.body)
        yield network.up
        yield network.smoothed
        for _ in range(network.architecture.detail_passes):
            yield from pair(network.detail)
        yield from (network.tail, network.calmed, network.smoothed_tail)
        yield from (network.paint, network.hidden, network.fine)

    @staticmethod
    def _adains(network: PaintNetwork) -> Iterator[AdaIN]:
        yield from (network.stem_adain, network.down_adain)
        yield from (p.adain for p in network.body_passes if isinstance(p, Residual))
        yield network.first_adain
        yield from (p.adain for p in network.detail_passes if isinstance(p, Residual))

    @staticmethod
    def _sums(network: PaintNetwork) -> Iterator[ActivationQuantizer]:
        yield from (p.quantize_output for p in network.body_passes if isinstance(p, Residual))
        yield network.merge
        yield from (p.quantize_output for p in network.detail_passes if isinstance(p, Residual))
        yield network.picture


def read_network(path: Path) -> PaintNetwork:
    """Read the network from a file, at INT4 and with frozen weights.

    Raises:
        NetworkFileError: it is not a network file, or has another architecture.
    """
    file = NetworkFile.load(path)
    try:
        network = _Importer(file.data).build()
    except (ValueError, IndexError, StopIteration, RuntimeError) as error:
        raise NetworkFileError(f"{path}: is not of the architecture that is trained here ({error})") from None
    return network.requires_grad_(False)
