"""The child process that paints a print; see `installation.painter.print_apart`. Reads an order, writes a JPEG."""

import contextlib
import io
import os
import sys
import time
from typing import Final

import msgspec
import numpy as np
from PIL import Image, ImageOps

from installation.errors import InstallationError
from installation.network.runtime import Choice, runtimes
from installation.network.tflite import NetworkFile
from installation.painter.print_apart import PrintOrder
from installation.painter.prints import PrintPainter
from installation.painter.still import fitting_size

MEMORY: Final = 4 << 30
"""Most bytes of address space."""
NICER: Final = 10
"""How much nicer than the mirror: of a processor that the mirror wants whole it gets a tenth, so that it ends."""
TILE: Final = 768
"""Longest edge of a tile in pixels, as `stylize` has it: smaller ones overlap more and take twice as long."""
QUALITIES: Final = (92, 85, 75, 60, 40)
"""From the finest down: a picture gets the first that keeps it within the order's bytes."""


def main() -> int:
    """Carry out the order on standard input; 1 where it cannot be."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # where the limit cannot be set, go on without it
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=PrintOrder)
    try:
        sys.stdout.buffer.write(painted(order, Breather(lowered())))
        sys.stdout.buffer.flush()
    except (InstallationError, OSError):
        return 1
    return 0


def lowered() -> bool:
    """Take a lower priority than the mirror; whether the system allows it."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + NICER)
    except (OSError, AttributeError):
        return False
    return True


class Breather:
    """Rests after each tile for as long as it took, where the priority cannot be lowered: the mirror comes first."""

    def __init__(self, low: bool) -> None:
        self._low = low
        self._since = time.monotonic()

    def __call__(self, _done: int, _total: int) -> None:
        """A tile is done."""
        if not self._low:
            time.sleep(time.monotonic() - self._since)
        self._since = time.monotonic()


def painted(order: PrintOrder, progress: "Breather") -> bytes:
    """The JPEG.

    Raises:
        InstallationError: the network is broken, or no runtime is installed.
    """
    file = NetworkFile.parse(order.network)
    pixels = np.frombuffer(order.pixels, np.uint8).reshape(order.height, order.width, 3)
    photo = Image.fromarray(pixels)
    if order.flip:
        photo = ImageOps.mirror(photo)
    photo = photo.resize(fitting_size(order.width, order.height, order.longest), Image.Resampling.LANCZOS)
    runtime = runtimes()[0]
    choice = Choice(runtime.name, runtime.version, "int8", 1)
    vector = np.frombuffer(order.vector, np.float32)
    return _encoded(PrintPainter(file, choice, TILE).paint(photo, vector, progress), order.largest)


def _encoded(picture: Image.Image, largest: int) -> bytes:
    """As fine as ``largest`` bytes hold; carries neither time nor place nor the name of a device."""
    for quality in QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= largest:
            break
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
