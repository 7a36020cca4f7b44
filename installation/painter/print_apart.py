"""Paints a print in a process of its own, so that the mirror keeps its frame rate, its memory and its life.

The child (`installation.painter.print_child`) has a lower priority and one thread. Picture and result go through
pipes: nothing is written to a disk.
"""

import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from installation.errors import OutputError
from installation.frame import Pixels
from installation.network.tflite import NetworkFile
from installation.network.trial import child_environment

LONGEST_EDGE: Final = 2048
"""Pixels of a souvenir's longer edge."""
LARGEST: Final = 3 * 1024 * 1024
"""Most bytes of its JPEG."""
PATIENCE: Final = 240.0
"""Seconds after which a child is given up: a Pi needs half a minute, a busy one a few times as long."""
JPEG: Final = b"\xff\xd8\xff"
_CHILD: Final = (sys.executable, "-m", "installation.painter.print_child")


class PrintOrder(msgspec.Struct, frozen=True):
    """A child's task. ``pixels`` are RGB of ``height`` × ``width``, ``vector`` is float32; ``flip`` mirrors."""

    network: bytes
    pixels: bytes
    height: int
    width: int
    vector: bytes
    flip: bool
    longest: int = LONGEST_EDGE
    largest: int = LARGEST


def print_apart(
    file: NetworkFile,
    pixels: Pixels,
    vector: NDArray[np.float32],
    *,
    flip: bool = False,
    patience: float = PATIENCE,
    command: Sequence[str] = _CHILD,
) -> bytes:
    """The JPEG of a print of ``pixels`` (uint8 ``[height, width, 3]``) in a style vector; takes many seconds.

    Raises:
        OutputError: the child does not start, crashes, takes longer than ``patience`` seconds, or answers nonsense.
    """
    height, width = pixels.shape[:2]
    order = PrintOrder(file.data, pixels.tobytes(), height, width, vector.astype(np.float32).tobytes(), flip=flip)
    try:
        done = subprocess.run(
            command,
            input=msgspec.msgpack.encode(order),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OutputError(f"the print took longer than {patience:g} s; the machine is too busy") from None
    except OSError as error:
        raise OutputError(f"the print's process does not start ({error.strerror}); free some memory") from None
    if done.returncode:
        raise OutputError(f"the print's process {_end(done.returncode)}; see whether memory is short")
    if not done.stdout.startswith(JPEG) or len(done.stdout) > LARGEST:
        raise OutputError("the print's process gave no picture; check the network with 'bench'")
    return done.stdout


def _end(status: int) -> str:
    if status > 0:
        return f"ended with status {status}"
    try:
        return f"was killed ({signal.Signals(-status).name})"
    except ValueError:
        return f"was killed (signal {-status})"
