"""The training objective: a picture like the photo and like the painting, without patterns of the network's grid."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from installation.training.losses import (
    across_form,
    along_form,
    colour_quantiles,
    detail_quantiles,
    distribution_distance,
    form_error,
    outlines,
    reversal,
    shown,
    ssim,
    tint,
    total_variation,
    weave,
)
from installation.training.paintings import FINE_TAPS, PaintingTarget
from installation.training.perceptual import CONTENT_TAP, Perceptual, content_distance, style_distance
from installation.training.recipe import Weights

COARSE_SHARES = (0.45, 0.4, 0.1, 0.05)
FINE_SHARES = (0.4, 0.4, 0.2)
"""Shares of the teacher's taps in the losses "style" and "fine".

The first taps see colours and strokes; the last ask for shapes, which this small network can only answer with blobs.
"""


@dataclass(frozen=True)
class Objective:
    """Computes the losses of pictures of class 512 as the wall shows them, at half and at full size."""

    teacher: Perceptual

    def parts(
        self,
        painted: Tensor,
        photo: Tensor,
        wanted: PaintingTarget,
        strength: Tensor,
        random: torch.Generator,
        directions: Tensor,
        flatter: tuple[Tensor, Tensor] | None = None,
    ) -> dict[str, Tensor]:
        """The value [N] of each loss for each picture; the names are those of `Weights`.

        Args:
            painted: [N, 3, S, S], 0…1.
            photo: the photos that were painted, of the same shape.
            wanted: the target style; the first axis of each of its tensors is the batch.
            strength: [N], 0…1.
            random: chooses the part of the picture for the "fine" loss.
            directions: [N, 2, rows, columns], unit vectors along the strokes.
            flatter: what the network paints with bristles of half their height and with none, of the shape of
                ``painted``; None leaves "outlines", "tint" and "reversal" out.
        """
        small, small_photo = F.avg_pool2d(painted, 2), F.avg_pool2d(photo, 2)
        with torch.no_grad():
            photo_features = self.teacher(small_photo, CONTENT_TAP + 1)
        features = self.teacher(small)
        even = shown(painted)
        closely = self.teacher(_part_of(even, random), FINE_TAPS)
        unlike = 1 - ssim(small, small_photo)
        furrows = {}
        if flatter is not None:
            half, bare = flatter
            furrows = {
                "outlines": strength * outlines(bare, photo),
                "tint": strength * tint(painted, bare),
                "reversal": strength * reversal(painted, half, bare),
            }
        return furrows | {
            "content": content_distance(features, photo_features),
            "style": strength**2 * style_distance(features, wanted.coarse, COARSE_SHARES),
            "fine": strength**2 * style_distance(closely, wanted.fine, FINE_SHARES),
            "colour": strength**2 * distribution_distance(colour_quantiles(small), wanted.colours),
            "detail": strength**2 * distribution_distance(detail_quantiles(even), wanted.detail),
            "structure": unlike,
            "form": form_error(small, small_photo),
            "across": across_form(painted, directions),
            "along": along_form(painted, photo, directions),
            "identity": (1 - strength) * ((painted - photo).abs().mean((1, 2, 3)) + 0.5 * unlike),
            "variation": total_variation(painted),
            "weave": weave(painted),
        }


def weighted(parts: dict[str, Tensor], weights: Weights) -> Tensor:
    """The weighted sum of all losses, each averaged over the batch; a scalar."""
    return sum((getattr(weights, name) * value.mean() for name, value in parts.items()), torch.zeros(()))


def _part_of(pictures: Tensor, random: torch.Generator) -> Tensor:
    """A random square part with half the edge, the same for all pictures: [N, C, S/2, S/2]."""
    edge = pictures.shape[-1] // 2
    top, left = torch.randint(edge + 1, (2,), generator=random).tolist()
    return pictures[:, :, top : top + edge, left : left + edge]
