"""The child process that tries a network; see `installation.network.trial`. Reads a task, reports progress."""

import contextlib
import os
import sys
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from installation.errors import InstallationError
from installation.frame import Pixels
from installation.network.probe import SupportsRun
from installation.network.runtime import Choice, InferenceSession
from installation.network.tflite import NetworkFile
from installation.network.timing import measure
from installation.network.trial import TrialOrder, TrialWord

MEMORY: Final = 4 << 30
"""Most bytes of address space, so that a network that needs more fails without harming the system."""


class _Told:
    """A session that reports before each picture."""

    def __init__(self, inner: SupportsRun, at: int) -> None:
        self.size = inner.size
        self._inner = inner
        self._at = at

    def run(self, pixels: Pixels, vector: NDArray[np.float32], out: Pixels) -> None:
        say(TrialWord(at=self._at))
        self._inner.run(pixels, vector, out)


def main() -> int:
    """Run the task from standard input."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # where the limit cannot be set, try without it
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=TrialOrder)
    try:
        file = NetworkFile.parse(order.network)

        def opened(choice: Choice) -> SupportsRun:
            at = order.choices.index(choice)
            say(TrialWord(at=at))
            return _Told(InferenceSession(file, choice, order.size), at)

        vectors = [np.frombuffer(vector, np.float32) for vector in order.vectors]
        timings = measure(order.choices, opened, order.size, vectors=vectors, budget=order.budget)
    except InstallationError as error:
        say(TrialWord(error=" ".join(str(error).split())))
    else:
        say(TrialWord(timings=timings))
    return 0


def say(word: TrialWord) -> None:
    """Write and flush one line: the next step may crash."""
    os.write(1, msgspec.json.encode(word) + b"\n")


if __name__ == "__main__":
    sys.exit(main())
