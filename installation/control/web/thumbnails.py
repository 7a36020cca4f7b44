"""Makes the visitor page's pictures of the paintings: ``python -m installation.control.web.thumbnails FOLDER``.

The paintings are no part of the repository. Whoever makes a release has them in a folder, under the names that the
style files give as their ``source``; a painting that is not there is left out, and the page shows its sentence alone.
"""

import argparse
import io
import sys
from pathlib import Path
from typing import Final

from PIL import Image

from installation.camera.photo import open_photo
from installation.collection import Collection
from installation.errors import InstallationError, OutputError
from installation.files import whole_file

EDGE: Final = 480
LARGEST: Final = 12_000
"""Most bytes of a picture; a phone fetches one when its visitor asks for it."""
PAINTINGS: Final = Path(__file__).parent / "page" / "paintings"


def best_webp(image: Image.Image, limit: int) -> bytes | None:
    """The WebP of the best quality that takes at most ``limit`` bytes, found by binary search; None if none does."""
    best, low, high = None, 5, 95
    while low <= high:
        quality = (low + high) // 2
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=quality, method=6)
        if buffer.tell() <= limit:
            best, low = buffer.getvalue(), quality + 1
        else:
            high = quality - 1
    return best


def thumbnail(painting: Path) -> bytes:
    """A WebP of at most ``LARGEST`` bytes, ``EDGE`` pixels at its longer side or less.

    Raises:
        MediaError: the painting cannot be read.
        OutputError: even the smallest picture takes more bytes.
    """
    picture = open_photo(painting, EDGE)
    for edge in (EDGE, EDGE * 3 // 4, EDGE // 2, EDGE // 4):
        picture.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        data = best_webp(picture, LARGEST)
        if data is not None:
            return data
    raise OutputError(f"{painting}: does not fit into {LARGEST} bytes; give a calmer picture of it")


def write_thumbnails(collection: Collection, paintings: Path, folder: Path) -> tuple[list[Path], list[str]]:
    """Write one picture for each style whose painting is in ``paintings``; returns the files, and the missing sources.

    Raises:
        MediaError: a painting cannot be read.
        OutputError: the folder cannot be written, or a picture cannot be made small enough.
    """
    written, missing = [], []
    for style in (collection[name] for name in collection.names):
        painting = paintings / Path(style.source).name if style.source else None
        if painting is None:
            continue
        if not painting.is_file():
            missing.append(painting.name)
            continue
        path = folder / f"{style.name}.webp"
        data = thumbnail(painting)
        with whole_file(path) as temporary:
            temporary.write_bytes(data)
        written.append(path)
    return written, missing


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns exit status 0, or 1 after one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m installation.control.web.thumbnails", description=__doc__)
    parser.add_argument("paintings", type=Path, help="folder of the paintings")
    parser.add_argument("--collection", type=Path, help="folder of the collection (default: the one shipped)")
    parser.add_argument("--output", type=Path, default=PAINTINGS, help="folder to write to (the page's own)")
    options = parser.parse_args(arguments)
    try:
        written, missing = write_thumbnails(Collection.load(options.collection), options.paintings, options.output)
    except InstallationError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(written)} pictures in {options.output}")
    if missing:
        print(f"not in {options.paintings}: {', '.join(missing)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
