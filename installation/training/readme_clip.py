"""Paints the README's moving picture: ``python -m installation.training.readme_clip``.

It shows the bundled clip on a full-HD screen twice, side by side: as the plain mirror on the left, and in one style
after the other on the right.
"""

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import av
import numpy as np
from PIL import Image

from installation.camera import bundled_clip
from installation.collection import Collection
from installation.errors import InstallationError, OutputError
from installation.files import whole_file
from installation.frame import Pixels
from installation.offline.wall import WallFrames, WallRendering
from installation.settings import Settings
from installation.training.on_the_wall import COST_CLASS, SCREEN

SECONDS: Final = 10
LARGEST: Final = 1_500_000
"""Largest size of the file in bytes."""
_STYLES: Final = ("starry-night", "scream")
_EVERY: Final = 2
"""Only every second frame is shown, but all are painted, because strokes move along from frame to frame."""
_SHOWN: Final = (480, 270)
_QUALITIES: Final = (70, 60, 50, 40, 30, 20)


def pictures(collection: Collection, styles: Sequence[str]) -> Iterator[Image.Image]:
    """Each shown frame, plain mirror and style side by side; every style gets the same share of the time."""
    with av.open(str(bundled_clip())) as clip:
        video = clip.streams.video[0]
        rate = float(video.average_rate or 25)
        count = round(SECONDS * rate)
        for number, frame in zip(range(count), clip.decode(video), strict=False):
            part, begins = divmod(number * len(styles), count)
            if begins < len(styles):
                photo, painted = (_screens(collection, name) for name in ("photo", styles[part]))
                photo.begin(frame, 1.0)
                painted.begin(frame, 1.0)
            sides = [screen.paint(frame) for screen in (photo, painted)]
            if number % _EVERY == 0:
                yield Image.fromarray(np.concatenate([_small(side) for side in sides], 1))


def write_clip(frames: Sequence[Image.Image], milliseconds: int, path: Path) -> int:
    """Write an animated WebP at the best quality that fits ``LARGEST``; return its size in bytes.

    Raises:
        OutputError: it does not fit at any quality, or the file cannot be written.
    """
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        options = {"save_all": True, "append_images": frames[1:], "duration": milliseconds, "loop": 0, "method": 4}
        frames[0].save(buffer, "WEBP", quality=quality, **options)
        if buffer.tell() <= LARGEST:
            with whole_file(path) as temporary:
                temporary.write_bytes(buffer.getvalue())
            return buffer.tell()
    raise OutputError(f"the clip does not fit into {LARGEST} bytes; show fewer frames")


def _screens(collection: Collection, name: str) -> WallFrames:
    return WallRendering(collection, Settings(), SCREEN, COST_CLASS, {name: 1.0}, 1.0).clip(Path())


def _small(screen: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(screen).resize(_SHOWN, Image.Resampling.LANCZOS))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return exit status 0, or 1 after one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m installation.training.readme_clip", description=__doc__)
    parser.add_argument("--collection", type=Path, help="folder of the collection (default: the one shipped)")
    parser.add_argument("--styles", nargs="+", default=_STYLES, metavar="NAME")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/wall.webp"))
    options = parser.parse_args(arguments)
    try:
        frames = list(pictures(Collection.load(options.collection), options.styles))
        options.output.parent.mkdir(parents=True, exist_ok=True)
        print(options.output, write_clip(frames, 1000 * SECONDS // len(frames), options.output))
    except InstallationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
