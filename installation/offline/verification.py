"""Whether a collection is whole: every file, and every style painted once."""

from pathlib import Path

import numpy as np

from installation.collection import Collection
from installation.errors import InstallationError
from installation.network.probe import ALIVE, difference, sample_picture
from installation.painter.still import StillPainter

_EDGE = 256


def problems(path: Path | None) -> list[str]:
    """What is wrong with the collection at ``path`` (None: the one shipped), a sentence each; empty when sound."""
    found: list[str] = []
    try:
        collection = Collection.load(path, skip=lambda error: found.append(str(error)))
        found += collection.verify()
        # A vector that does not fit cannot be painted with.
        return found or dead_styles(collection, StillPainter(collection))
    except InstallationError as error:
        return [*found, str(error)]


def dead_styles(collection: Collection, painter: StillPainter) -> list[str]:
    """Styles that paint one flat colour, or the same whatever they see, a sentence each."""
    scene = sample_picture(_EDGE, _EDGE)
    turned = np.ascontiguousarray(scene[::-1, ::-1])
    sentences = []
    for name in collection.names:
        one = painter.paint_pixels(scene, {name: 1.0}, 1.0).copy()
        other = painter.paint_pixels(turned, {name: 1.0}, 1.0)
        if one.std() < ALIVE or difference(one, other) < ALIVE:
            sentences.append(f"{name}: paints the same whatever it sees; restore its file or make it again")
    return sentences
