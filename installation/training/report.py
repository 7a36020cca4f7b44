"""``python -m installation.training.report``: measures the collection beside its peers and writes ``REPORT.md``."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ImageOps

from installation.collection import Collection
from installation.errors import InstallationError, UsageError
from installation.frame import Pixels
from installation.output import whole_file
from installation.training.data import held_out, load_picture, picture_files
from installation.training.metrics import PAN, Quality, Steadiness, overall, quality, similarity, steadiness
from installation.training.painters import MagentaPainter, Multistyle26Painter, Painter, ShippedPainter
from installation.training.paintings import style_targets
from installation.training.perceptual import load_perceptual
from installation.training.recipe import Recipe, load_recipe

_STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Material:
    """What is measured on: photos of 256 × (256 + PAN), never trained on, and the recipe's paintings."""

    recipe: Recipe
    wide: list[Pixels]
    paintings: list[Path]

    @property
    def photos(self) -> list[Pixels]:
        """The left 256 × 256 of each."""
        return [np.ascontiguousarray(photo[:, :256]) for photo in self.wide]


def gather(photos: Sequence[Path], paintings: Path, count: int) -> Material:
    """Held-out photos, spread over the folders, and the paintings."""
    recipe = load_recipe()
    files = [path for path in picture_files(photos) if held_out(path)]
    if not files:
        raise UsageError("none of these photos is held out from training; give the folders that were trained on")
    files = files[:: max(1, len(files) // count)][:count]
    wide = [np.asarray(ImageOps.fit(load_picture(path), (256 + PAN, 256)), np.uint8) for path in files]
    return Material(recipe, wide, [paintings / style.painting for style in recipe.styles])


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, nargs="+", required=True)
    parser.add_argument("--paintings", type=Path, required=True)
    parser.add_argument("--perceptual", default="vgg19")
    parser.add_argument("--collection", type=Path)
    parser.add_argument("--count", type=int, default=12, help="photos to measure on (12)")
    parser.add_argument("-o", "--output", type=Path, default=Path("styles/REPORT.md"))
    args = parser.parse_args(argv)
    try:
        text = measure(
            gather(args.photos, args.paintings, args.count), Collection.load(args.collection), args.perceptual
        )
    except InstallationError as error:
        print(error, file=sys.stderr)
        return 1
    with whole_file(args.output) as temporary:
        temporary.write_text(text, "utf-8")
    print(text)
    return 0


def measure(material: Material, collection: Collection, perceptual: str) -> str:
    """The report's text."""
    teacher = load_perceptual(perceptual)
    targets = style_targets(teacher, material.paintings)
    names = [style.name for style in material.recipe.styles]
    styles = range(len(names))
    ours = ShippedPainter(collection, names)
    magenta = MagentaPainter(material.paintings)
    rows = {painter.name: quality(painter, material.photos, styles, teacher, targets) for painter in (ours, magenta)}
    few, some = material.wide[:4], list(styles)[::3]
    painters: list[Painter] = [ours, magenta, Multistyle26Painter()]
    steady = {painter.name: steadiness(painter, few, some) for painter in painters}
    curve = {
        s: float(np.mean([similarity(ours.paint(p, i, s), p) for p in material.photos for i in some]))
        for s in _STRENGTHS
    }
    size = collection.network_path.stat().st_size
    return _text(material, rows, steady, curve, size)


def _text(
    material: Material,
    rows: dict[str, list[Quality]],
    steady: dict[str, Steadiness],
    curve: dict[float, float],
    size: int,
) -> str:
    ours, magenta = (overall(r) for r in rows.values())
    lines = [
        "# What the network was measured to do",
        "",
        "Written by `python -m installation.training.report`, not by hand. "
        f"{len(material.wide)} photos that were not trained on, {len(material.paintings)} paintings, strength 1, "
        f"256×256; network file {size} bytes. Distances: see `installation/training/perceptual.py` (smaller: nearer).",
        "",
        "| painter | style distance | content distance | SSIM to the photo |",
        "|---|---|---|---|",
        *(
            f"| {n} | {q.style:.3f} | {q.content:.3f} | {q.ssim:.3f} |"
            for n, q in zip(rows, (ours, magenta), strict=True)
        ),
        f"| ratio | {ours.style / magenta.style:.2f} | {ours.content / magenta.content:.2f} "
        f"| {ours.ssim / magenta.ssim:.2f} |",
        "",
        "| painter | noise gain (σ 4/255) | pan error (3 px) | warping error |",
        "|---|---|---|---|",
        *(f"| {n} | {s.noise_gain:.2f} | {s.pan:.3f} | {s.warp:.3f} |" for n, s in steady.items()),
        "",
        "SSIM to the photo by strength: " + ", ".join(f"{s:g}: {value:.3f}" for s, value in curve.items()) + ".",
        "",
        "| style | style distance | content distance | SSIM | Magenta's style distance |",
        "|---|---|---|---|---|",
    ]
    for style, own, peer in zip(material.recipe.styles, *rows.values(), strict=True):
        lines.append(f"| {style.name} | {own.style:.3f} | {own.content:.3f} | {own.ssim:.3f} | {peer.style:.3f} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
