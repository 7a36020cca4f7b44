"""Writes the network for ONNX Runtime: same inputs, same rounding (quantise–dequantise pairs), any picture size."""

import importlib.util
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from installation.errors import UsageError
from installation.files import whole_file
from installation.network.canvas import BRISTLES, CHANNELS
from installation.training.network import FOLD, CanvasBatch, PaintNetwork

_OPSET = 17
_SIZE = 256


class _Bytes(nn.Module):
    """Gives the network the byte inputs and output that the ONNX file has: uint8, channels last."""

    def __init__(self, network: PaintNetwork) -> None:
        super().__init__()
        self._network = network

    def forward(self, frame: Tensor, style: Tensor, strokes: Tensor, bristles: Tensor) -> Tensor:
        """Paint one picture.

        Args:
            frame: uint8 [1, H, W, 3].
            style: float32 [1, 1, 1, K].
            strokes: uint8 [1, H/4 + margin, W/4 + margin, 2]: the canvas's int8 values plus 128.
            bristles: uint8 [1, H/2, W/2, 1], likewise.

        Returns:
            The picture, uint8 [1, H, W, 3].
        """
        photo, *canvas = (x.permute(0, 3, 1, 2).float() / 255.0 for x in (frame, strokes, bristles))
        painted = self._network(photo, style.flatten(1), CanvasBatch(*canvas))
        return (painted.clamp(0, 1) * 255.0).round().to(torch.uint8).permute(0, 2, 3, 1)


def write_onnx(network: PaintNetwork, path: Path) -> None:
    """Write ``path``, whole or not at all.

    Raises:
        UsageError: the package onnx is missing.
        OutputError: the file cannot be written.
    """
    if importlib.util.find_spec("onnx") is None:
        raise UsageError("ONNX cannot be written without its package; install it with: pip install onnx")
    edge = _SIZE // FOLD + 2 * network.architecture.pad
    strokes = torch.full((1, edge, edge, CHANNELS), 128, dtype=torch.uint8)
    bristles = torch.full((1, _SIZE // 2, _SIZE // 2, BRISTLES), 128, dtype=torch.uint8)
    frame = torch.zeros(1, _SIZE, _SIZE, 3, dtype=torch.uint8)
    style = torch.zeros(1, 1, 1, network.architecture.style_length)
    axes = {
        "frame": {1: "height", 2: "width"},
        "strokes": {1: "rows", 2: "columns"},
        "bristles": {1: "bristles_down", 2: "bristles_across"},
        "picture": {1: "height", 2: "width"},
    }
    with whole_file(path) as temporary, warnings.catch_warnings():
        # The exporter warns that sizes become constants while it traces; the sizes of features stay variable.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Bytes(network).eval(),
            (frame, style, strokes, bristles),
            str(temporary),
            input_names=["frame", "style", "strokes", "bristles"],
            output_names=["picture"],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
