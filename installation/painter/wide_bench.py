"""How many pictures a second are painted at 4K: in one piece, and in tiles, by threads.

A piece is timed as a clip's frame is painted: canvas and network. Tiles count as if their statistics were carried from
the frame before, so each is one pass of the network; what overlaps is painted twice.
"""

import statistics
import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from installation.collection import Collection
from installation.frame import PictureSize
from installation.network.probe import sample_picture
from installation.network.runtime import Choice, cpu_threads, runtimes
from installation.network.tflite import NetworkFile
from installation.painter.prints import tile_starts
from installation.painter.stylizer import Stylizer

WIDE: Final[PictureSize] = (2160, 3840)
TILES: Final = (1024, 768, 512)
_FRAMES: Final = 5


@dataclass(frozen=True, slots=True)
class WideRow:
    """One way: ``tile`` is the edge of tiles in pixels, 0 for one piece; ``pieces`` are the passes a picture takes.

    ``seconds`` is the wall's time of a picture, ``cpu_seconds`` that of all cores together.
    """

    tile: int
    threads: int
    pieces: int
    seconds: float
    cpu_seconds: float


def wide_bench(collection: Collection, size: PictureSize = WIDE, frames: int = _FRAMES) -> list[WideRow]:
    """Time pictures of ``size`` (height, width) in the first style, one thread and all.

    Raises:
        RuntimeMissing: no runtime is installed.
        NetworkFileError: the network is missing or damaged.
    """
    file = NetworkFile.load(collection.network_path)
    vector = collection[collection.names[0]].vector
    rows = []
    for threads in sorted({1, cpu_threads()}):
        choice = Choice(runtimes()[0].name, runtimes()[0].version, "int8", threads)
        for tile in (0, *TILES):
            height, width = (-(-edge // 16) * 16 for edge in size)
            edges = (min(tile or height, height), min(tile or width, width))
            pieces = len(list(tile_starts(height, edges[0]))) * len(list(tile_starts(width, edges[1])))
            stylizer = Stylizer(file, choice, edges, vector, moving=True)
            wall, cpu = _timed(stylizer, vector, frames)
            rows.append(WideRow(tile, threads, pieces, pieces * wall, pieces * cpu))
    return rows


def _timed(stylizer: Stylizer, vector: NDArray[np.float32], frames: int) -> tuple[float, float]:
    """Median seconds of one piece, by the wall's clock and by the processor's."""
    picture = sample_picture(stylizer.height, stylizer.width)
    stylizer.paint(picture, vector)
    walls, cpus = [], []
    for _ in range(frames):
        wall, cpu = time.perf_counter(), time.process_time()
        stylizer.paint(picture, vector)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)
