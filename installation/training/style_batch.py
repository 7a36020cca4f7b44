"""What the pictures of a batch are to be painted in: whole styles, weaker ones, mixes and the plain mirror."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from installation.training.model import PaintModel
from installation.training.paintings import PaintingTarget

MIXES, WEAKER, MIRRORS = 0.12, 0.3, 0.14
"""Shares of the pictures that mix two styles, that have less than full strength, and, of these, that have none."""


@dataclass
class StyleBatch:
    """What the pictures of a batch are to be painted in: two styles each, their shares, and a strength.

    ``styles`` [N, 2] are indices; ``shares`` [N, 2] sum to 1; ``strength`` [N] is 0…1.
    """

    styles: Tensor
    shares: Tensor
    strength: Tensor

    @classmethod
    def draw(cls, count: int, styles: int, random: torch.Generator) -> "StyleBatch":
        """Mostly one style at full strength; else at 0.3–1.0 as the article has it, a mix, or the plain mirror."""
        choice, mix, between = torch.rand(3, count, generator=random)
        pairs = torch.randint(styles, (count, 2), generator=random)
        first = torch.where(choice < MIXES, 0.25 + 0.5 * mix, 1.0)
        strength = torch.where(choice > 1 - WEAKER, 0.3 + 0.7 * between, 1.0)
        strength[choice > 1 - MIRRORS] = 0.0
        return cls(pairs, torch.stack((first, 1 - first), 1), strength)

    def vectors(self, model: PaintModel) -> Tensor:
        """Style vectors [N, K]."""
        return model.between((model.styles[self.styles] * self.shares[:, :, None]).sum(1), self.strength)

    def target(self, targets: Sequence[PaintingTarget]) -> PaintingTarget:
        """What this batch is to reach, the batch in front; a mix's target lies between those of its styles."""

        def between(values: Sequence[Tensor]) -> Tensor:
            pairs = zip(self.styles.tolist(), self.shares.tolist(), strict=True)
            return torch.stack([values[i] * a + values[j] * b for (i, j), (a, b) in pairs])

        return PaintingTarget(
            [between(tap) for tap in zip(*(t.coarse for t in targets), strict=True)],
            [between(tap) for tap in zip(*(t.fine for t in targets), strict=True)],
            between([t.colours for t in targets]),
            between([t.detail for t in targets]),
        )
