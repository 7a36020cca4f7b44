"""Checks a whole collection: reads every file and paints once with every style."""

from pathlib import Path

import numpy as np

from installation.collection import Collection
from installation.errors import InstallationError
from installation.network.probe import ALIVE, difference, sample_picture
from installation.painter.still import StillPainter

_EDGE = 256


def problems(path: Path | None) -> list[str]:
    """One sentence for each problem of the collection at ``path`` (None: the shipped one); empty if there is none."""
    found: list[str] = []
    try:
        collection = Collection.load(path, skip=lambda error: found.append(str(error)))
        found += collection.verify()
        # A style vector of the wrong length cannot be painted with: paint only if all files are sound.
        return found or dead_styles(collection, StillPainter(collection))
    except InstallationError as error:
        return [*found, str(error)]


def dead_styles(collection: Collection, painter: StillPainter) -> list[str]:
    """One sentence for each style that paints one flat colour, or the same picture whatever the input."""
    scene = sample_picture(_EDGE, _EDGE)
    turned = np.ascontiguousarray(scene[::-1, ::-1])
    sentences = []
    for name in collection.names:
        one = painter.paint_pixels(scene, {name: 1.0}, 1.0).copy()
        other = painter.paint_pixels(turned, {name: 1.0}, 1.0)
        if one.std() < ALIVE or difference(one, other) < ALIVE:
            sentences.append(f"{name}: paints the same whatever it sees; restore its file or make it again")
    return sentences
