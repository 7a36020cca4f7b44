"""Style targets: what paintings are measured to be."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from installation.training.data import load_picture, to_tensor
from installation.training.losses import colour_quantiles, detail_quantiles
from installation.training.perceptual import Perceptual, gram

Targets = list[list[Tensor]]
"""For each painting, its Gram matrix at each tap of the teacher."""
SHORT_SIDE = 256
"""Paintings are seen at this size, so that a stroke is as large in the picture as there."""


def style_targets(teacher: Perceptual, files: list[Path], short_side: int = SHORT_SIDE) -> Targets:
    """For each painting, its Gram matrix at each tap of the teacher."""
    targets = []
    with torch.no_grad():
        for path in files:
            features = teacher(to_tensor(load_picture(path, short_side)))
            targets.append([gram(f)[0] for f in features])
    return targets


FINE_TAPS = 3
"""Taps of the teacher that look at a picture's fine detail."""


@dataclass(frozen=True)
class PaintingTarget:
    """One painting as a picture of 512 pixels is to look: Gram matrices at half and full size, colours, fine detail."""

    coarse: list[Tensor]
    fine: list[Tensor]
    colours: Tensor
    detail: Tensor

    def repeated(self, count: int) -> "PaintingTarget":
        """The same for each of a batch, the batch in front."""
        coarse, fine = ([tap.expand(count, *tap.shape) for tap in taps] for taps in (self.coarse, self.fine))
        colours, detail = (values.expand(count, *values.shape) for values in (self.colours, self.detail))
        return PaintingTarget(coarse, fine, colours, detail)


def painting_targets(teacher: Perceptual, files: list[Path], short_side: int = 2 * SHORT_SIDE) -> list[PaintingTarget]:
    """For each painting, what its style is at a short side of so many pixels."""
    targets = []
    with torch.no_grad():
        for path in files:
            whole = to_tensor(load_picture(path, short_side))
            half = to_tensor(load_picture(path, short_side // 2))
            coarse, fine = ([gram(f)[0] for f in teacher(x, taps)] for x, taps in ((half, 4), (whole, FINE_TAPS)))
            targets.append(PaintingTarget(coarse, fine, colour_quantiles(half)[0], detail_quantiles(whole)[0]))
    return targets
