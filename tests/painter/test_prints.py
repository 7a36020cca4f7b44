from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from installation.collection import Collection, shipped
from installation.network.runtime import Choice, runtimes
from installation.network.tflite import NetworkFile
from installation.painter import prints
from installation.painter.canvas import StrokeCanvas
from installation.painter.prints import MARGIN, PrintPainter, tile_starts
from tests.builders import write_collection

RUNTIME = runtimes()[0]
CHOICE = Choice(RUNTIME.name, RUNTIME.version, "int8", 1)


def a_photo(width: int, height: int) -> Image.Image:
    """Light on one side, busy on the other: its tiles differ in all that AdaIN measures."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = 40 * np.sin(x / 3) * np.sin(y / 5) * (x > width / 2)
    picture = np.stack([x / width * 200 + waves, 90 + waves, y / height * 255], -1)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def painted(collection: Collection, photo: Image.Image, tile: int, mix: dict[str, float]) -> np.ndarray:
    painter = PrintPainter(NetworkFile.load(collection.network_path), CHOICE, tile=tile, thumbnail=64)
    return np.asarray(painter.paint(photo, collection.vector(mix, 1.0))).astype(int)


@pytest.mark.parametrize(("edge", "tile"), [(512, 512), (528, 512), (2048, 512), (2048, 320), (8192, 768)])
def test_tiles_cover_an_edge_and_overlap(edge, tile):
    starts = list(tile_starts(edge, tile))
    assert starts[0] == 0
    assert starts[-1] == edge - tile
    assert all(start % 16 == 0 for start in starts)
    assert all(0 < later - earlier <= tile - 2 * MARGIN for earlier, later in pairwise(starts))


@pytest.mark.parametrize("size", [(5, 301), (301, 203), (256, 256)])
def test_the_result_has_the_photos_size_whatever_that_is(tmp_path, size):
    collection = Collection.load(write_collection(tmp_path, "scream"))
    heard = []
    painter = PrintPainter(NetworkFile.load(collection.network_path), CHOICE, tile=320)
    result = painter.paint(a_photo(*size), collection.vector({"scream": 1.0}, 1.0), lambda *now: heard.append(now))
    assert result.size == size
    assert heard[-1][0] == heard[-1][1] == len(heard)


@pytest.mark.skipif(not (shipped() / "network.tflite").is_file(), reason="no collection is shipped yet (train it)")
def test_no_seam_shows():
    """In tiles it is the same picture as in one piece that is painted with the same statistics."""
    collection = Collection.load()
    mix = {collection.names[0]: 1.0}
    photo = a_photo(608, 320)
    tiles, whole = (painted(collection, photo, tile, mix) for tile in (320, 608))
    difference = np.abs(tiles - whole)
    assert difference.mean() < 0.5
    assert np.percentile(difference, 99.9) < 16
    # Each tile measured for itself is another picture: the test can tell.
    left = painted(collection, photo.crop((0, 0, 320, 320)), 320, mix)
    assert np.abs(left - whole[:, :320]).mean() > 4 * difference.mean() + 1


@pytest.mark.skipif(not (shipped() / "network.tflite").is_file(), reason="no collection is shipped yet (train it)")
def test_the_canvas_is_laid_once_for_all_tiles(monkeypatch):
    sizes = []

    class Counted(StrokeCanvas):
        def lay(self, pixels):
            sizes.append(pixels.shape[:2])
            return super().lay(pixels)

    monkeypatch.setattr(prints, "StrokeCanvas", Counted)
    collection = Collection.load()
    tiles = []
    painter = PrintPainter(NetworkFile.load(collection.network_path), CHOICE, tile=320, thumbnail=64)
    vector = collection.vector({collection.names[0]: 1.0}, 1.0)
    painter.paint(a_photo(608, 320), vector, lambda *now: tiles.append(now))
    assert len(tiles) > 3
    assert sizes == [(64, 64), (320, 608)], "of the thumbnail, to measure, and of the whole photo"
