"""One interface to the two runtimes that can run the network: ``ai-edge-litert`` and the older ``tflite-runtime``."""

import importlib
import importlib.metadata
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from installation.errors import NetworkFileError, RuntimeMissing
from installation.frame import Pixels
from installation.network.banner import without_banner
from installation.network.canvas import BRISTLES, CHANNELS, Canvas, plain_canvas
from installation.network.tflite import NetworkFile

RuntimeName = Literal["litert", "tflite-runtime"]
WeightForm = Literal["int4", "int8"]


@dataclass(frozen=True, slots=True)
class Choice:
    """How to run the network: ``weights`` "int4" as stored, or "int8" unpacked in memory; ``threads`` from 1."""

    runtime: RuntimeName
    version: str
    weights: WeightForm
    threads: int

    def __str__(self) -> str:
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{self.runtime} {self.version}, {self.weights}, {threads}"


@dataclass(frozen=True, slots=True)
class Runtime:
    """An installed runtime that works with this numpy."""

    name: RuntimeName
    version: str


class Interpreter(Protocol):
    """The methods of both runtimes' ``Interpreter`` that are used here."""

    def allocate_tensors(self) -> None:
        """Allocate the tensors; required after each change of an input's size."""

    def invoke(self) -> None:
        """Run the network once. Fails while a view of a tensor exists."""

    def get_input_details(self) -> list[dict[str, Any]]:
        """Index, shape and type of each input."""

    def get_output_details(self) -> list[dict[str, Any]]:
        """Index, shape and type of each output."""

    def resize_tensor_input(self, input_index: int, tensor_size: list[int], strict: bool = False) -> None:
        """Change an input's shape."""

    def tensor(self, tensor_index: int) -> Callable[[], NDArray[Any]]:
        """A function that returns a view of the tensor's memory."""


_MODULES: Final[dict[RuntimeName, tuple[str, str]]] = {
    "litert": ("ai-edge-litert", "ai_edge_litert.interpreter"),
    "tflite-runtime": ("tflite-runtime", "tflite_runtime.interpreter"),
}
"""Package and module of each runtime, the faster one first."""


def runtimes() -> tuple[Runtime, ...]:
    """The installed runtimes, the usually faster one first; found without importing them."""
    found = []
    for name, (distribution, _) in _MODULES.items():
        try:
            version = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
        # tflite-runtime was built for NumPy 1 and cannot create an interpreter with NumPy 2.
        if name == "litert" or int(np.__version__.split(".", maxsplit=1)[0]) < 2:
            found.append(Runtime(name, version))
    return tuple(found)


class InferenceSession:
    """The network opened in one runtime at one size; `run` paints a picture without allocating one.

    ``size`` is ``(height, width)`` in pixels, multiples of 16. An ``observed`` session keeps all intermediate
    values for `value`; it is slower and takes more memory.

    Raises:
        RuntimeMissing: the runtime is not installed, or does not load.
        NetworkFileError: the runtime refuses the network, or cannot run it at this size.
    """

    def __init__(self, file: NetworkFile, choice: Choice, size: tuple[int, int], *, observed: bool = False) -> None:
        self.choice = choice
        self.size = size
        model = file.int8() if choice.weights == "int8" else file.data
        interpreter = _interpreter(choice, model, observed)
        # No view may exist while the runtime works, so each copy makes a new one (0.3 µs).
        try:
            with without_banner():
                inputs = _allocate(interpreter, file, size)
        except (RuntimeError, ValueError) as error:
            raise NetworkFileError(
                f"the network does not run in {choice} at {size[1]}×{size[0]} pixels ({_first_line(error)}); "
                "choose another network.size or network.runtime"
            ) from None
        self._interpreter = interpreter
        self._frame = interpreter.tensor(inputs["frame"])
        self._vector = interpreter.tensor(inputs["vector"])
        self._picture = interpreter.tensor(interpreter.get_output_details()[0]["index"])
        picture = self._picture()
        if picture.shape != (1, *size, 3) or picture.dtype != np.uint8:
            raise NetworkFileError(
                f"the network paints {picture.dtype} {picture.shape} at {size[1]}×{size[0]} pixels; "
                "choose another network.size"
            )
        del picture  # a view may not be held while the runtime works
        self._strokes, self._bristles = (
            interpreter.tensor(inputs[name]) if name in inputs else None for name in ("strokes", "bristles")
        )
        if file.canvas is not None:
            # Runtimes never write to inputs, so the canvas stays until it is replaced.
            self.lay(plain_canvas(*size, file.canvas))

    def lay(self, canvas: Canvas) -> None:
        """Use this canvas for the pictures to come; networks without one ignore it."""
        for tensor, values in ((self._strokes, canvas.strokes), (self._bristles, canvas.bristles)):
            if tensor is not None and values is not None:
                np.copyto(tensor()[0], values)

    def value(self, tensor: int) -> NDArray[Any]:
        """A copy of what an ``observed`` session computed for a tensor of the file, by the last `run`."""
        return self._interpreter.tensor(tensor)().copy()

    def run(self, pixels: Pixels, vector: NDArray[np.float32], out: Pixels) -> None:
        """Paint ``pixels`` (uint8 ``[height, width, 3]``) into ``out`` with the style ``vector`` (float32 ``[K]``).

        Raises:
            NetworkFileError: the runtime fails.
        """
        try:
            np.copyto(self._frame()[0], pixels)
            np.copyto(self._vector()[0, 0, 0], vector)
            self._interpreter.invoke()
            np.copyto(out, self._picture()[0])
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            raise NetworkFileError(
                f"the network fails in {self.choice} ({_first_line(error)}); set network.runtime to another one"
            ) from None


def _allocate(interpreter: Interpreter, file: NetworkFile, size: tuple[int, int]) -> dict[str, int]:
    """Resize the inputs and allocate; returns the index of each input."""
    height, width = size
    indices: dict[str, int] = {}
    for detail in interpreter.get_input_details():
        index, shape = int(detail["index"]), [int(edge) for edge in detail["shape"]]
        if detail["dtype"] == np.float32:
            indices["vector"] = index
            continue
        if file.canvas is not None and shape[3] == CHANNELS:
            indices["strokes"] = index
            wanted = [1, *file.canvas.shape(height, width)]
        elif file.canvas is not None and shape[3] == BRISTLES:
            indices["bristles"] = index
            wanted = [1, *file.canvas.bristle_shape(height, width)]
        else:
            indices["frame"] = index
            wanted = [1, height, width, 3]
        if shape != wanted:
            interpreter.resize_tensor_input(index, wanted, strict=False)
    interpreter.allocate_tensors()
    return indices


def _interpreter(choice: Choice, model: bytes, observed: bool = False) -> Interpreter:
    module = _MODULES[choice.runtime][1]
    if choice.runtime not in {runtime.name for runtime in runtimes()}:
        raise RuntimeMissing(
            f"{choice.runtime} is not installed here, or not for this numpy; install it, or set network.runtime to auto"
        )
    try:
        # The native modules print a banner on stderr; their errors still come as exceptions.
        with without_banner():
            library = importlib.import_module(module)
            # XNNPACK does not expose intermediate values.
            options = {
                "experimental_preserve_all_tensors": True,
                "experimental_op_resolver_type": library.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            }
            interpreter: Interpreter = library.Interpreter(
                model_content=model, num_threads=choice.threads, **(options if observed else {})
            )
    except (ImportError, OSError, AttributeError) as error:
        raise RuntimeMissing(f"{choice.runtime} does not load ({_first_line(error)}); install it again") from None
    except (RuntimeError, ValueError) as error:
        raise NetworkFileError(f"{choice} refuses the network ({_first_line(error)}); export it again") from None
    return interpreter


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def cpu_threads() -> int:
    """CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
