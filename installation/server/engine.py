"""Paints batches in ONNX Runtime: pictures of different sizes and styles, each with the canvas that the mirror lays."""

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from installation.collection import Collection
from installation.errors import NetworkFileError, RuntimeMissing, UsageError
from installation.frame import PictureSize, Pixels
from installation.network.tflite import NetworkFile
from installation.painter.canvas import StrokeCanvas
from installation.painter.prints import padded
from installation.server.providers import PROVIDERS

_CANVASES: Final = 8
"""Sizes whose canvases are kept."""


@dataclass(frozen=True, slots=True)
class Job:
    """A picture to paint: uint8 ``[height, width, 3]`` of any size, and its style vector, float32 ``[K]``."""

    pixels: Pixels
    vector: NDArray[np.float32]


class Engine:
    """The collection's network in ONNX Runtime; not thread-safe.

    ``provider`` is a key of `PROVIDERS`; ``threads`` is how many CPU threads work at one picture, 0 for one a core.

    Raises:
        UsageError: onnxruntime or onnx is not installed.
        RuntimeMissing: this onnxruntime has no such provider.
        NetworkFileError: the network is missing, damaged, or cannot be translated.
    """

    def __init__(self, collection: Collection, provider: str = "cpu", threads: int = 0) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise UsageError(
                "serving needs onnxruntime; in a clone of this project: pip install -e '.[server]'"
            ) from None
        from installation.server.onnx_graph import onnx_model

        file = NetworkFile.load(collection.network_path)
        wanted = PROVIDERS[provider]
        offered = onnxruntime.get_available_providers()
        if wanted not in offered:
            names = ", ".join(name for name, known in PROVIDERS.items() if known in offered)
            raise RuntimeMissing(
                f"this onnxruntime has no provider '{provider}', only {names}; install the onnxruntime made for it"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Sizes and batches differ from run to run: a plan of one run's memory does not serve the next.
        options.enable_mem_pattern = False
        # Idle threads would spin, on cores that decode photos.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = list(dict.fromkeys((wanted, PROVIDERS["cpu"])))
        try:
            self._session = onnxruntime.InferenceSession(onnx_model(file), options, providers=providers)
        except Exception as error:  # noqa: BLE001 - its exceptions share no base
            raise NetworkFileError(
                f"ONNX Runtime refuses the network ({_first_line(error)}); export it again"
            ) from None
        self.provider = provider
        self.version: str = onnxruntime.__version__
        self.network = file.sha256
        self._layout = file.canvas
        self._bristles = file.canvas is not None and file.canvas.bristles
        self._canvases: OrderedDict[PictureSize, StrokeCanvas] = OrderedDict()

    def paint(self, jobs: Sequence[Job]) -> list[Pixels]:
        """Paint all; pictures of one size are painted in one run. Each result has the size of its job.

        Raises:
            NetworkFileError: ONNX Runtime fails, for want of memory for example.
        """
        results: list[Pixels | None] = [None] * len(jobs)
        frames = [padded(job.pixels) for job in jobs]
        groups: dict[PictureSize, list[int]] = defaultdict(list)
        for place, frame in enumerate(frames):
            groups[frame.shape[0], frame.shape[1]].append(place)
        for size, places in groups.items():
            feed = self._feed(size, [frames[place] for place in places], [jobs[place].vector for place in places])
            try:
                [pictures] = self._session.run(["picture"], feed)
            except Exception as error:  # noqa: BLE001 - its exceptions share no base
                raise NetworkFileError(f"ONNX Runtime fails ({_first_line(error)}); allow smaller batches") from None
            for place, picture in zip(places, pictures, strict=True):
                height, width = jobs[place].pixels.shape[:2]
                results[place] = picture[:height, :width]
        return [picture for picture in results if picture is not None]

    def _feed(
        self, size: PictureSize, frames: Sequence[Pixels], vectors: Sequence[NDArray[np.float32]]
    ) -> dict[str, NDArray[Any]]:
        feed: dict[str, NDArray[Any]] = {
            "frame": np.stack(frames),
            "style": np.stack(vectors).astype(np.float32, copy=False)[:, None, None, :],
        }
        if self._layout is None:
            return feed
        canvas = self._canvas(size)
        count = len(frames)
        feed["strokes"] = strokes = np.empty((count, *self._layout.shape(*size)), np.uint8)
        bristles = np.empty((count, *self._layout.bristle_shape(*size)), np.uint8)
        if self._bristles:
            feed["bristles"] = bristles
        for place, frame in enumerate(frames):
            laid = canvas.lay(frame)
            strokes[place] = _shifted(laid.strokes)
            if laid.bristles is not None and self._bristles:
                bristles[place] = _shifted(laid.bristles)
        return feed

    def _canvas(self, size: PictureSize) -> StrokeCanvas:
        """The canvas for a size, made once while the size is in use."""
        canvas = self._canvases.pop(size, None)
        if canvas is None:
            if self._layout is None:
                raise ValueError("this network takes no canvas")
            canvas = StrokeCanvas(*size, self._layout)
        self._canvases[size] = canvas
        if len(self._canvases) > _CANVASES:
            self._canvases.popitem(last=False)
        return canvas


def _shifted(values: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Int8 values plus 128, as uint8."""
    return values.view(np.uint8) ^ np.uint8(0x80)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
