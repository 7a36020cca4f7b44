"""Paints the tiles of the visitor page: ``python -m installation.training.tiles``.

It writes one WebP for each style; the collection's own network paints a photo that is free to use. Run it again
whenever the network or the styles change. For a style without a tile, the page generates a plain picture.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from installation.control.web.thumbnails import best_webp
from installation.errors import InstallationError, MediaError, OutputError
from installation.frame import Pixels

EDGE = 160
LARGEST_TILE = 1830
PAINTED_EDGE = 512
PHOTO = Path(__file__).parent / "photos" / "astronaut.webp"
TILES = Path(__file__).parent.parent / "control" / "web" / "page" / "tiles"

Paint = Callable[[Pixels, str], Pixels]
"""Function that paints a square photo in the style of the given name."""


def encode(picture: Pixels) -> bytes:
    """A WebP of at most ``LARGEST_TILE`` bytes: ``EDGE`` pixels wide at the best quality that fits, or else smaller.

    Raises:
        OutputError: even the smallest size at the lowest quality takes more bytes.
    """
    for edge in (EDGE, EDGE * 3 // 4, EDGE // 2, EDGE // 4):
        data = best_webp(Image.fromarray(picture).resize((edge, edge), Image.Resampling.LANCZOS), LARGEST_TILE)
        if data is not None:
            return data
    raise OutputError(f"a tile does not fit into {LARGEST_TILE} bytes; choose a calmer photo")


def write_tiles(names: Iterable[str], photo: Pixels, paint: Paint, folder: Path) -> list[Path]:
    """Paint one tile for each name and remove the tiles of other names; return the tiles' paths.

    Raises:
        OutputError: the folder cannot be written, or a tile cannot be made small enough.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name in names:
            path = folder / f"{name}.webp"
            path.write_bytes(encode(paint(photo, name)))
            written.append(path)
        for stale in set(folder.glob("*.webp")) - set(written):
            stale.unlink()
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from None
    return written


def load_photo(path: Path) -> Pixels:
    """Load the photo's largest centred square, scaled to ``PAINTED_EDGE`` × ``PAINTED_EDGE`` pixels.

    Raises:
        MediaError: the file cannot be read.
    """
    try:
        with Image.open(path) as image:
            edge = min(image.size)
            left, top = (image.width - edge) // 2, (image.height - edge) // 2
            square = image.convert("RGB").crop((left, top, left + edge, top + edge))
            return np.asarray(square.resize((PAINTED_EDGE, PAINTED_EDGE), Image.Resampling.LANCZOS)).copy()
    except (OSError, ValueError) as error:
        raise MediaError(f"{path}: cannot be read ({error}); give a JPEG, PNG or WebP") from None


def network_painter(folder: Path | None) -> tuple[list[str], Paint]:
    """The style names of the collection in ``folder`` (None: the shipped one) and a function that paints with it."""
    from installation.collection import Collection  # imported here: --fake needs no network
    from installation.network.tflite import NetworkFile
    from installation.network.tuning import tune
    from installation.painter.stylizer import Stylizer
    from installation.settings import NetworkSettings

    collection = Collection.load(folder)
    file = NetworkFile.load(collection.network_path)
    stylizer = Stylizer(file, tune(file, NetworkSettings(), PAINTED_EDGE, None), PAINTED_EDGE)

    def paint(photo: Pixels, name: str) -> Pixels:
        return stylizer.paint(photo, collection[name].vector).copy()

    return list(collection.names), paint


def fake_painter(photo: Pixels, name: str) -> Pixels:
    """Tint the photo with a colour computed from the name, to show the page before there is a network."""
    tint = np.frombuffer(name.encode().ljust(3, b"-")[-3:], dtype=np.uint8).astype(np.float32) * 37 % 256
    grey = photo.mean(axis=2, keepdims=True) // 42 * 42
    return np.clip(grey * 0.7 + tint * 0.4, 0, 255).astype(np.uint8)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return exit status 0, or 1 after one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m installation.training.tiles", description=__doc__)
    parser.add_argument("--collection", type=Path, help="folder of the collection (default: the one shipped)")
    parser.add_argument("--photo", type=Path, default=PHOTO, help="photo to paint; the page makes it public")
    parser.add_argument("--output", type=Path, default=TILES, help="folder to write the tiles to")
    parser.add_argument("--fake", nargs="+", metavar="NAME", help="tint the photo for these names, without a network")
    options = parser.parse_args(arguments)
    try:
        photo = load_photo(options.photo)
        names, paint = (options.fake, fake_painter) if options.fake else network_painter(options.collection)
        for path in write_tiles(names, photo, paint, options.output):
            print(path, path.stat().st_size)
    except InstallationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
