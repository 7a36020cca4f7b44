"""Checks that a network works in a runtime: a dead network paints the same picture whatever the input."""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from installation.errors import NetworkFileError
from installation.frame import Pixels

ALIVE: Final = 1.0
"""Least standard deviation of a working network's picture, and least mean change between two pictures, of 255."""


class SupportsRun(Protocol):
    """Anything that paints, such as `installation.network.runtime.InferenceSession`."""

    size: tuple[int, int]
    """Height and width."""

    def run(self, pixels: Pixels, vector: NDArray[np.float32], out: Pixels) -> None:
        """Paint ``pixels`` into ``out`` with the style ``vector``."""


def probe(painter: SupportsRun, vectors: list[NDArray[np.float32]], first: Pixels, second: Pixels) -> None:
    """Check that with one of ``vectors`` the network's picture is not constant and depends on the input.

    ``first`` and ``second`` are buffers for two pictures; afterwards ``first`` holds the painted test picture.

    Raises:
        NetworkFileError: the network is dead. (Where it computes NaN, the uint8 picture is constant.)
    """
    picture = sample_picture(*painter.size)
    turned = np.ascontiguousarray(picture[::-1, ::-1])
    for vector in vectors:
        painter.run(turned, vector, second)
        painter.run(picture, vector, first)
        if first.std() >= ALIVE and difference(first, second) >= ALIVE:
            return
    raise NetworkFileError(
        "the network is dead: it paints the same picture whatever it sees; "
        "copy it again from the collection that was shipped, or set network.runtime to another one"
    )


def difference(one: Pixels, other: Pixels) -> float:
    """Mean absolute difference of two pictures, of 255."""
    return float(np.abs(np.subtract(one, other, dtype=np.int16)).mean())


def sample_picture(height: int, width: int) -> Pixels:
    """A test picture with flat areas, gradients and texture: uint8 ``[height, width, 3]``."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = x / width, y / height
    waves = 0.5 + 0.5 * np.sin(x / 5) * np.sin(y / 9)
    disc = (across - 0.6) ** 2 + (down - 0.4) ** 2 < 0.05
    channels = np.stack([across, np.where(disc, 0.9, down), np.where(down > 0.7, waves, 0.3)], axis=-1)
    return (channels * 255).astype(np.uint8)


def probe_vectors(length: int, known: NDArray[np.float32] | None = None) -> list[NDArray[np.float32]]:
    """Style vectors to try: the given one, or plausible ones with scales near one and shifts near zero."""
    if known is not None:
        return [known]
    rng = np.random.Generator(np.random.PCG64(1))
    scattered = [rng.normal(centre, 0.5, length).astype(np.float32) for centre in (1.0, 0.0)]
    return [np.ones(length, np.float32), *scattered]
