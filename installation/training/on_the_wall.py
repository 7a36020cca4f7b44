"""Measures every style as a full-HD screen shows it, beside the painting and beside Magenta's network."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from installation.collection import Collection
from installation.display import make_sheet
from installation.display.base import View
from installation.files import whole_file
from installation.frame import Pixels
from installation.network.sizes import class_size
from installation.offline.wall import WallRendering
from installation.settings import Settings
from installation.training.data import load_picture
from installation.training.painters import MagentaPainter, ShippedPainter
from installation.training.portraits import FaceFinder, Portrait
from installation.training.wall import WallFigures, wall_figures

SCREEN: Final = (1920, 1080)
"""Width and height in pixels."""
COST_CLASS: Final = 512
_TILE: Final = (640, 360)
_ACROSS: Final = 4
_TIMED: Final = 5


@dataclass(frozen=True)
class WallMeasured:
    """Figures of our network and of its peers on a full-HD screen.

    ``portraits`` is the number of portraits. ``ours`` and ``faces`` hold one row for each style; ``peers`` holds the
    mean over styles for each peer. ``faces`` is the share (0…1) of portraits whose face is found again after painting.
    ``milliseconds`` is the time that each painter takes for one picture on one thread.
    """

    portraits: int
    ours: list[WallFigures]
    peers: dict[str, WallFigures]
    faces: list[float]
    milliseconds: dict[str, float]


def measure_wall(
    collection: Collection, names: Sequence[str], paintings: Sequence[Path], files: Sequence[Path], count: int = 4
) -> WallMeasured:
    """Measure on the portraits among the held-out photos ``files``.

    The faces are measured on all portraits, the screen on ``count`` of them.
    """
    finder = FaceFinder()
    portraits = finder.portraits(files)
    seen = portraits[:: max(1, len(portraits) // count)][:count]
    originals = [load_picture(painting) for painting in paintings]
    ours = []
    for name, original in zip(names, originals, strict=True):
        rendering = WallRendering(collection, Settings(), SCREEN, COST_CLASS, {name: 1.0}, 1.0)
        screens = (rendering.photo(portrait.file, lambda *_: None) for portrait in seen)
        ours.append(_mean([wall_figures(np.asarray(screen), original) for screen in screens]))
    square = ShippedPainter(collection, names)
    wide = ShippedPainter(collection, names, size=class_size(COST_CLASS, SCREEN[0] / SCREEN[1]))
    magenta = MagentaPainter(paintings)
    frame = _frame(seen[0])
    own_time = _milliseconds(partial(wide.paint, frame, 0))
    return WallMeasured(
        len(portraits),
        ours,
        {magenta.name: _peer(magenta, originals, seen)},
        [finder.kept(portraits, partial(square.paint, style=index)) for index in range(len(names))],
        {"ours": own_time, magenta.name: _milliseconds(partial(magenta.paint, frame, 0))},
    )


def write_wall(collection: Collection, names: Sequence[str], photo: Path, path: Path) -> Path:
    """Write a contact sheet of the screen: the plain mirror and every style; return ``path``."""
    rows = -(-(len(names) + 1) // _ACROSS)
    sheet = Image.new("RGB", (_ACROSS * _TILE[0], rows * _TILE[1]))
    for index, name in enumerate(("photo", *names)):
        rendering = WallRendering(collection, Settings(), SCREEN, COST_CLASS, {name: 1.0}, 1.0)
        screen = rendering.photo(photo, lambda *_: None).resize(_TILE, Image.Resampling.LANCZOS)
        sheet.paste(screen, (index % _ACROSS * _TILE[0], index // _ACROSS * _TILE[1]))
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as temporary:
        sheet.save(temporary, "JPEG", quality=75, optimize=True)
    return path


def _frame(portrait: Portrait) -> Pixels:
    """The portrait cropped and scaled to the network's input size on this screen."""
    height, width = class_size(COST_CLASS, SCREEN[0] / SCREEN[1])
    photo = load_picture(portrait.file)
    rows = round(photo.width * height / width)
    top = max(0, (photo.height - rows) // 2)
    box = (0, top, photo.width, min(photo.height, top + rows))
    return np.asarray(photo.resize((width, height), Image.Resampling.BILINEAR, box=box), np.uint8)


def _peer(magenta: MagentaPainter, paintings: Sequence[Image.Image], portraits: Sequence[Portrait]) -> WallFigures:
    sheet = make_sheet(*SCREEN, Settings().display)
    figures = []
    for index, painting in enumerate(paintings):
        for portrait in portraits:
            picture = magenta.paint(_frame(portrait), index)
            figures.append(wall_figures(sheet.draw(View(picture=picture)), painting))
    return _mean(figures)


def _milliseconds(paint: Callable[[], object]) -> float:
    paint()
    times = []
    for _ in range(_TIMED):
        start = time.perf_counter()
        paint()
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


def _mean(figures: Sequence[WallFigures]) -> WallFigures:
    return WallFigures(*np.mean([(f.sharpness, f.tone, f.fine) for f in figures], 0).tolist())
