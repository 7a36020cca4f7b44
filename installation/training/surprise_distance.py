"""``python -m installation.training.surprise_distance``: how near surprises come to the nearest painting.

The mirror cannot measure that: it has no VGG network. What it keeps to instead is the shares of a mix (`FIRST` in
`installation.show.surprise`); this shows, once for a network, that the shares are enough.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import ImageOps

from installation.collection import Collection
from installation.errors import InstallationError
from installation.frame import Pixels
from installation.show.surprise import PLAIN, surprise
from installation.training.data import load_picture, to_tensor
from installation.training.painters import ShippedPainter
from installation.training.paintings import Targets, style_targets
from installation.training.perceptual import Perceptual, load_perceptual, style_distance
from installation.training.recipe import load_recipe
from installation.training.tiles import PHOTO

EDGE = 256


@dataclass(frozen=True)
class Distances:
    """Style distances of one photo's pictures to the nearest of all paintings.

    ``surprises`` [seeds] and ``styles`` [styles] are of painted pictures, ``plain`` is the photo's own. ``worst``
    [seeds] is that of the farthest of a surprise's three styles.
    """

    surprises: NDArray[np.float64]
    worst: NDArray[np.float64]
    styles: NDArray[np.float64]
    plain: float

    def text(self) -> str:
        """The figures, a line each."""
        mine, ratio = self.surprises, self.surprises / self.worst
        return "\n".join(
            (
                f"plain photo: {self.plain:.3f}",
                f"styles: mean {self.styles.mean():.3f}, {self.styles.min():.3f} to {self.styles.max():.3f}",
                f"surprises: mean {mine.mean():.3f}, {mine.min():.3f} to {mine.max():.3f}",
                f"over the farthest of its three styles: mean {ratio.mean():.2f}, largest {ratio.max():.2f}"
                f" (seed {int(ratio.argmax())}); {int((ratio > 1).sum())} of {len(ratio)} above 1",
                f"as far as the plain photo or farther: {int((mine >= self.plain).sum())}",
                f"farther than the farthest style: {int((mine > self.styles.max()).sum())}",
            )
        )


def measure(collection: Collection, photo: Pixels, teacher: Perceptual, targets: Targets, seeds: int) -> Distances:
    """Paint the photo (uint8 [EDGE, EDGE, 3]) in each style and in the first ``seeds`` surprises; compare."""
    names = [name for name in collection.names if name != PLAIN]
    painter = ShippedPainter(collection, names, size=EDGE)
    paintings = [torch.stack(taps) for taps in zip(*targets, strict=True)]

    def nearest(picture: Pixels) -> float:
        with torch.no_grad():
            return float(style_distance(teacher(to_tensor(picture)), paintings).min())

    styles = {name: nearest(painter.paint_mix(photo, {name: 1.0})) for name in names}
    mixes = [surprise(seed, collection.names) for seed in range(seeds)]
    return Distances(
        np.array([nearest(painter.paint_mix(photo, mix)) for mix in mixes]),
        np.array([max(styles[name] for name in mix) for mix in mixes]),
        np.array(list(styles.values())),
        nearest(photo),
    )


def main(argv: list[str] | None = None) -> int:
    """Measure and print; return the exit status, 0 or 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paintings", type=Path, required=True, help="folder of the paintings that were trained on")
    parser.add_argument("--perceptual", default="vgg19", help="vgg19 (default), or a .npz file of VGG weights")
    parser.add_argument("--collection", type=Path)
    parser.add_argument("--photo", type=Path, default=PHOTO)
    parser.add_argument("--seeds", type=int, default=200)
    args = parser.parse_args(argv)
    try:
        teacher = load_perceptual(args.perceptual)
        targets = style_targets(teacher, [args.paintings / style.painting for style in load_recipe().styles])
        photo = np.asarray(ImageOps.fit(load_picture(args.photo), (EDGE, EDGE)), np.uint8)
        print(measure(Collection.load(args.collection), photo, teacher, targets, args.seeds).text())
    except InstallationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
