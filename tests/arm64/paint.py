"""Paints the same pictures with the shipped network, on whatever processor this Python runs on. A script, and a module.

``python paint.py RUNTIME WEIGHTS OUT.npy`` writes uint8 ``[styles, 256, 256, 3]``.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

REPOSITORY = Path(__file__).resolve().parents[2]
STYLES = 3


def scene(size: int = 256) -> NDArray[np.uint8]:
    """A picture with plains, edges, gradients and fine texture: uint8 ``[size, size, 3]``."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float64) / size
    disc = (x - 0.5) ** 2 + (y - 0.4) ** 2 < 0.06
    stripes = 0.1 * np.sin(60 * x) * (y > 0.7)
    red = 0.3 + 0.5 * x + 0.3 * disc + stripes
    green = 0.6 - 0.4 * y + 0.2 * disc + stripes
    blue = 0.2 + 0.4 * x * y + stripes
    return (np.clip(np.stack([red, green, blue], axis=2), 0, 1) * 255).astype(np.uint8)


def paint(runtime: str, weights: Any) -> NDArray[np.uint8]:
    """The scene in the first styles of the shipped collection."""
    from installation.collection import Collection
    from installation.network.runtime import Choice, runtimes
    from installation.network.tflite import NetworkFile
    from installation.painter.stylizer import Stylizer

    [found] = [found for found in runtimes() if found.name == runtime]
    collection = Collection.load(REPOSITORY / "styles")
    file = NetworkFile.load(collection.network_path)
    stylizer = Stylizer(file, Choice(found.name, found.version, weights, 1), 256)
    frame = scene()
    return np.stack([stylizer.paint(frame, collection[name].vector).copy() for name in collection.names[:STYLES]])


if __name__ == "__main__":
    np.save(sys.argv[3], paint(sys.argv[1], sys.argv[2]))
