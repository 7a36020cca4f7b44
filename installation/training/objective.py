"""What a painted picture is to be: like the photo, like the painting, without a pattern of the network's own."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from installation.training.losses import (
    colour_quantiles,
    detail_quantiles,
    distribution_distance,
    ssim,
    total_variation,
    weave,
)
from installation.training.paintings import FINE_TAPS, PaintingTarget
from installation.training.perceptual import CONTENT_TAP, Perceptual, content_distance, style_distance
from installation.training.recipe import Weights


@dataclass(frozen=True)
class Objective:
    """Measures pictures of class 512, as the wall shows them, at half and at full size."""

    teacher: Perceptual

    def parts(
        self, painted: Tensor, photo: Tensor, wanted: PaintingTarget, strength: Tensor, random: torch.Generator
    ) -> dict[str, Tensor]:
        """One figure a picture, [N], of each part; their names are those of `Weights`.

        Args:
            painted: [N, 3, S, S], 0…1.
            photo: what was painted, of that shape.
            wanted: the style to be reached, each of its tensors with the batch in front.
            strength: [N], 0…1.
            random: chooses the part that is looked at closely.
        """
        small, small_photo = F.avg_pool2d(painted, 2), F.avg_pool2d(photo, 2)
        with torch.no_grad():
            photo_features = self.teacher(small_photo, CONTENT_TAP + 1)
        features = self.teacher(small)
        closely = self.teacher(_part_of(painted, random), FINE_TAPS)
        unlike = 1 - ssim(small, small_photo)
        return {
            "content": content_distance(features, photo_features),
            "style": strength**2 * style_distance(features, wanted.coarse),
            "fine": strength**2 * style_distance(closely, wanted.fine),
            "colour": strength**2 * distribution_distance(colour_quantiles(small), wanted.colours),
            "detail": strength**2 * distribution_distance(detail_quantiles(painted), wanted.detail),
            "structure": unlike,
            "identity": (1 - strength) * ((painted - photo).abs().mean((1, 2, 3)) + 0.5 * unlike),
            "variation": total_variation(painted),
            "weave": weave(painted),
        }


def weighted(parts: dict[str, Tensor], weights: Weights) -> Tensor:
    """The sum of all parts, each averaged over the batch; a scalar."""
    return sum((getattr(weights, name) * value.mean() for name, value in parts.items()), torch.zeros(()))


def _part_of(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Any part of half the edge."""
    edge = pictures.shape[-1] // 2
    top, left = torch.randint(edge + 1, (2,), generator=random).tolist()
    return pictures[:, :, top : top + edge, left : left + edge]
