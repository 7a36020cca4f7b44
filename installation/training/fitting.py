"""Fits a new style vector to a painting; the network stays as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from installation.training.canvases import canvas_for
from installation.training.data import Photos
from installation.training.losses import ssim, total_variation
from installation.training.network import PaintNetwork
from installation.training.paintings import style_targets
from installation.training.perceptual import Perceptual, content_distance, style_distance
from installation.training.recipe import Weights


@dataclass(frozen=True)
class FitSettings:
    """How long and how large; 400 steps take two to three minutes on two cores."""

    steps: int = 400
    size: int = 160
    batch: int = 4
    learning_rate: float = 0.03
    seed: int = 1


class StyleFitter:
    """Searches the style vector that paints photos like the painting.

    ``known`` are the vectors of the collection [S, K], the identity last: the search starts from the one whose pictures
    are nearest to the painting already, which saves most of the way.
    """

    def __init__(
        self, network: PaintNetwork, known: Tensor, photos: Photos, teacher: Perceptual, weights: Weights
    ) -> None:
        self._network, self._known, self._photos = network, known, photos
        self._teacher, self._weights = teacher, weights

    def fit(
        self,
        painting: Path,
        settings: FitSettings,
        progress: Callable[[int, float], None],
        start: Tensor | None = None,
    ) -> tuple[Tensor, float]:
        """The style vector [K] and its style distance; ``progress`` hears of steps done and the distance so far.

        The search begins at ``start`` where one is given.
        """
        torch.manual_seed(settings.seed)
        targets = [target[None] for target in style_targets(self._teacher, [painting])[0]]
        first = self._nearest(targets, settings) if start is None else start
        vector = first.clone().requires_grad_(True)
        optimizer = torch.optim.Adam([vector], settings.learning_rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.steps, settings.learning_rate / 20)
        recent: list[float] = []
        for step in range(settings.steps):
            photo = self._photos.batch(settings.batch, settings.size)
            loss, distance = self._loss(photo, vector, targets)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            recent = [*recent[-19:], distance]
            progress(step + 1, sum(recent) / len(recent))
        return vector.detach(), sum(recent) / len(recent)

    def _loss(self, photo: Tensor, vector: Tensor, targets: Sequence[Tensor]) -> tuple[Tensor, float]:
        weights = self._weights
        canvas = canvas_for(photo, self._network.architecture.pad)
        painted = self._network(photo, vector.expand(len(photo), -1), canvas)
        features = self._teacher(painted)
        with torch.no_grad():
            seen = self._teacher(photo)
        style = style_distance(features, list(targets)).mean()
        total = (
            weights.style * style
            + weights.content * content_distance(features, seen).mean()
            + weights.structure * (1 - ssim(painted, photo)).mean()
            + weights.variation * total_variation(painted).mean()
        )
        return total, float(style.detach())

    def _nearest(self, targets: Sequence[Tensor], settings: FitSettings) -> Tensor:
        photo = self._photos.batch(1, settings.size)
        canvas = canvas_for(photo, self._network.architecture.pad)
        with torch.no_grad():
            distances = [
                float(style_distance(self._teacher(self._network(photo, vector[None], canvas)), list(targets)))
                for vector in self._known[:-1]
            ]
        return self._known[min(range(len(distances)), key=lambda index: distances[index])]
