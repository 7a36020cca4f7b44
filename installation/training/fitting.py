"""Fits a new style vector to a painting and leaves the network unchanged."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from installation.training.canvases import Canvases, random_places
from installation.training.data import Photos
from installation.training.network import PaintNetwork
from installation.training.objective import Objective, weighted
from installation.training.paintings import PaintingTarget, painting_targets
from installation.training.perceptual import Perceptual
from installation.training.recipe import Weights


@dataclass(frozen=True)
class FitSettings:
    """Length, picture size and learning rate of a fit.

    ``size`` is the edge of the photos in pixels, ``batch`` their number in each step. ``seconds`` limits the time: a
    slow machine takes fewer steps, and the learning rate still falls to its end.
    """

    steps: int = 300
    size: int = 320
    batch: int = 2
    learning_rate: float = 0.03
    seed: int = 1
    seconds: float = 480.0


@dataclass(frozen=True)
class Progress:
    """Progress of a fit: steps done and in all, estimated seconds left, recent style distance, the vector [K]."""

    done: int
    steps: int
    seconds_left: float
    distance: float
    vector: Tensor


_TIMED = 3
"""Number of steps that the fit times to estimate how long one takes."""


class StyleFitter:
    """Searches the style vector that paints photos like the painting.

    ``known`` are the vectors of the collection [S, K]; the last one is the identity. The search starts from the known
    vector whose pictures are nearest to the painting, which saves most of the steps.
    """

    def __init__(
        self, network: PaintNetwork, known: Tensor, photos: Photos, teacher: Perceptual, weights: Weights
    ) -> None:
        self._network, self._known, self._photos = network, known, photos
        self._teacher, self._objective, self._weights = teacher, Objective(teacher), weights

    def fit(
        self,
        painting: Path,
        settings: FitSettings,
        progress: Callable[[Progress], None],
        start: Tensor | None = None,
    ) -> tuple[Tensor, float]:
        """Search; return the style vector [K] and its style distance.

        This distance weighs the teacher's taps as the loss does (`COARSE_SHARES`); the report's is their plain mean.

        The search starts from ``start`` [K] if given. It calls ``progress`` after every step.
        """
        torch.manual_seed(settings.seed)
        random = torch.Generator().manual_seed(settings.seed)
        target = painting_targets(self._teacher, [painting])[0].repeated(settings.batch)
        canvases = Canvases(settings.size, self._network.architecture.pad)
        first = self._nearest(target, canvases, settings, random) if start is None else start
        vector = first.clone().requires_grad_(True)
        optimizer = torch.optim.Adam([vector], settings.learning_rate)
        recent: list[float] = []
        step, steps, begun = 0, settings.steps, time.monotonic()
        while step < steps:
            if step == _TIMED:
                steps = min(steps, max(step + 1, int(settings.seconds * step / (time.monotonic() - begun))))
            rate = 0.05 + 0.95 * 0.5 * (1 + torch.cos(torch.tensor(torch.pi * step / steps)))
            optimizer.param_groups[0]["lr"] = settings.learning_rate * float(rate)
            parts = self._parts(vector, target, canvases, settings, random)
            optimizer.zero_grad()
            weighted(parts, self._weights).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            step += 1
            recent = [*recent[-19:], float(parts["style"].detach().mean())]
            left = (steps - step) * (time.monotonic() - begun) / step
            progress(Progress(step, steps, left, sum(recent) / len(recent), vector.detach()))
        return vector.detach(), sum(recent) / len(recent)

    def _parts(
        self,
        vector: Tensor,
        target: PaintingTarget,
        canvases: Canvases,
        settings: FitSettings,
        random: torch.Generator,
    ) -> dict[str, Tensor]:
        photo = self._photos.batch(settings.batch, settings.size)
        canvas = canvases.lay(photo, random_places(len(photo), random))
        vectors = vector.expand(len(photo), -1)
        painted, half, bare = (self._network(photo, vectors, canvas.flatter(share)) for share in (1.0, 0.5, 0.0))
        full = torch.ones(len(photo))
        return self._objective.parts(painted, photo, target, full, random, canvas.directions, (half, bare))

    def _nearest(
        self, target: PaintingTarget, canvases: Canvases, settings: FitSettings, random: torch.Generator
    ) -> Tensor:
        """The known vector whose pictures are nearest to the painting; never the identity."""
        with torch.no_grad():
            distances = [
                float(self._parts(vector, target, canvases, settings, random)["style"].mean())
                for vector in self._known[:-1]
            ]
        return self._known[min(range(len(distances)), key=lambda index: distances[index])]
