"""Writes the network for ONNX Runtime: same inputs, same rounding (as quantise–dequantise pairs), any size."""

import importlib.util
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from installation.errors import UsageError
from installation.files import whole_file
from installation.training.network import FOLD, PaintNetwork

_OPSET = 17
_SIZE = 256


class _Bytes(nn.Module):
    """The network with the inputs and the output of its ``.tflite`` file: uint8 pictures, channels last."""

    def __init__(self, network: PaintNetwork) -> None:
        super().__init__()
        self._network = network

    def forward(self, frame: Tensor, style: Tensor, canvas: Tensor) -> Tensor:
        """uint8 [1, H, W, 3], float32 [1, 1, 1, K], uint8 [1, H/2 + margin, W/2 + margin, 2] → uint8 [1, H, W, 3]."""
        photo, field = (x.permute(0, 3, 1, 2).float() / 255.0 for x in (frame, canvas))
        painted = self._network(photo, style.flatten(1), field)
        return (painted.clamp(0, 1) * 255.0).round().to(torch.uint8).permute(0, 2, 3, 1)


def write_onnx(network: PaintNetwork, path: Path) -> None:
    """Write ``path``, whole or not at all.

    Raises:
        UsageError: the packages for it are missing.
        OutputError: the file cannot be written.
    """
    if importlib.util.find_spec("onnx") is None:
        raise UsageError("ONNX cannot be written without its package; install it with: pip install onnx")
    edge = _SIZE // FOLD + 2 * network.architecture.pad
    canvas = torch.full((1, edge, edge, 2), 128, dtype=torch.uint8)
    frame = torch.zeros(1, _SIZE, _SIZE, 3, dtype=torch.uint8)
    style = torch.zeros(1, 1, 1, network.architecture.style_length)
    axes = {
        "frame": {1: "height", 2: "width"},
        "canvas": {1: "rows", 2: "columns"},
        "picture": {1: "height", 2: "width"},
    }
    with whole_file(path) as temporary, warnings.catch_warnings():
        # The exporter warns that sizes seen while tracing become constants; the sizes of features do not.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Bytes(network).eval(),
            (frame, style, canvas),
            str(temporary),
            input_names=["frame", "style", "canvas"],
            output_names=["picture"],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
