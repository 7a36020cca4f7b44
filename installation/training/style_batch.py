"""Draws the styles of a training batch: full strength, weaker, mixes of two, and the plain mirror."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from installation.training.model import PaintModel
from installation.training.paintings import PaintingTarget

MIXES, WEAKER, MIRRORS = 0.12, 0.3, 0.14
"""Shares of all pictures: those that mix two styles, those below full strength, and among these those at strength 0."""


@dataclass
class StyleBatch:
    """Two styles for each picture of a batch, the shares of the two, and a strength.

    ``styles`` [N, 2] are indices; ``shares`` [N, 2] sum to 1; ``strength`` [N] is 0…1.
    """

    styles: Tensor
    shares: Tensor
    strength: Tensor

    @classmethod
    def draw(cls, count: int, styles: int, random: torch.Generator) -> "StyleBatch":
        """Draw mostly single styles at full strength; else 0.3–1.0 as in the article, a mix, or the plain mirror."""
        choice, mix, between = torch.rand(3, count, generator=random)
        pairs = torch.randint(styles, (count, 2), generator=random)
        first = torch.where(choice < MIXES, 0.25 + 0.5 * mix, 1.0)
        strength = torch.where(choice > 1 - WEAKER, 0.3 + 0.7 * between, 1.0)
        strength[choice > 1 - MIRRORS] = 0.0
        return cls(pairs, torch.stack((first, 1 - first), 1), strength)

    def vectors(self, model: PaintModel) -> Tensor:
        """The style vectors [N, K] of the batch."""
        return model.between((model.styles[self.styles] * self.shares[:, :, None]).sum(1), self.strength)

    def target(self, targets: Sequence[PaintingTarget]) -> PaintingTarget:
        """The target of this batch, with the batch as the first axis of each tensor.

        The target of a mix is the weighted mean of the targets of its two styles.
        """

        def between(values: Sequence[Tensor]) -> Tensor:
            pairs = zip(self.styles.tolist(), self.shares.tolist(), strict=True)
            return torch.stack([values[i] * a + values[j] * b for (i, j), (a, b) in pairs])

        return PaintingTarget(
            [between(tap) for tap in zip(*(t.coarse for t in targets), strict=True)],
            [between(tap) for tap in zip(*(t.fine for t in targets), strict=True)],
            between([t.colours for t in targets]),
            between([t.detail for t in targets]),
        )
