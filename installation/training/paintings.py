"""Computes style targets: the statistics of a painting that pictures in its style are to have."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from installation.training.data import load_picture, to_tensor
from installation.training.losses import colour_quantiles, detail_quantiles
from installation.training.perceptual import Features, Perceptual, gram

Targets = list[list[Tensor]]
"""For each painting, its Gram matrix at each tap of the teacher."""
SHORT_SIDE = 256
"""Short side in pixels of the scaled paintings: strokes are then as large in the picture as in the painting."""


def style_targets(teacher: Features, files: list[Path], short_side: int = SHORT_SIDE) -> Targets:
    """Compute `Targets` of paintings scaled to ``short_side`` pixels."""
    targets = []
    with torch.no_grad():
        for path in files:
            features = teacher(to_tensor(load_picture(path, short_side)))
            targets.append([gram(f)[0] for f in features])
    return targets


FINE_TAPS = 3
"""Number of the teacher's taps, from the first, that measure a picture's fine detail."""


@dataclass(frozen=True)
class PaintingTarget:
    """The style of one painting, for pictures of 512 pixels.

    ``coarse`` and ``fine`` are Gram matrices [C, C] at each tap, at half and at full size. ``colours`` [6, QUANTILES]
    and ``detail`` [1, QUANTILES] are quantiles of the colours at half size and of the fine detail at full size. In a
    batch, each tensor has the batch as its first axis.
    """

    coarse: list[Tensor]
    fine: list[Tensor]
    colours: Tensor
    detail: Tensor

    def repeated(self, count: int) -> "PaintingTarget":
        """The same target for each picture of a batch of ``count``."""
        coarse, fine = ([tap.expand(count, *tap.shape) for tap in taps] for taps in (self.coarse, self.fine))
        colours, detail = (values.expand(count, *values.shape) for values in (self.colours, self.detail))
        return PaintingTarget(coarse, fine, colours, detail)


def painting_targets(teacher: Perceptual, files: list[Path], short_side: int = 2 * SHORT_SIDE) -> list[PaintingTarget]:
    """Compute the target of each painting, scaled to ``short_side`` pixels."""
    targets = []
    with torch.no_grad():
        for path in files:
            whole = to_tensor(load_picture(path, short_side))
            half = to_tensor(load_picture(path, short_side // 2))
            coarse, fine = ([gram(f)[0] for f in teacher(x, taps)] for x, taps in ((half, 4), (whole, FINE_TAPS)))
            targets.append(PaintingTarget(coarse, fine, colour_quantiles(half)[0], detail_quantiles(whole)[0]))
    return targets
