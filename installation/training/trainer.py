"""The training loop: progressive quantisation, checkpoints that resume, contact sheets as it goes."""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from installation.network.canvas import field
from installation.training.data import Photos
from installation.training.losses import Warp, ssim, total_variation
from installation.training.network import Architecture, PaintNetwork
from installation.training.perceptual import Perceptual, content_distance, style_distance
from installation.training.quantization import Precision
from installation.training.recipe import Recipe

_log = logging.getLogger(__name__)
Targets = list[list[Tensor]]
"""For each style: its Gram matrices at each tap, at full and at half size (see ``paintings``)."""


class PaintModel(nn.Module):
    """The network with its style vectors; the last one is ``photo``, the identity."""

    def __init__(self, architecture: Architecture, styles: int) -> None:
        super().__init__()
        self.network = PaintNetwork(architecture)
        scales = torch.ones(styles + 1, architecture.style_length)
        start = 0
        for channels in architecture.adain_channels:
            start += channels
            scales[:, start : start + channels] = 0.0
            start += channels
        self.styles = nn.Parameter(scales + 0.1 * torch.randn_like(scales))

    def mixed(self, index: Tensor, strength: Tensor) -> Tensor:
        """Style vectors [N, K] at a strength [N] between ``photo`` and the style."""
        photo = self.styles[-1]
        return photo + strength[:, None] * (self.styles[index] - photo)


def canvas_tensor(size: int, pad: int) -> Tensor:
    """The canvas of a square picture, [1, 2, size/2 + 2·pad, size/2 + 2·pad], 0…1."""
    edge = size // 2 + 2 * pad
    return torch.from_numpy(field(edge, edge)).permute(2, 0, 1)[None].float() / 255.0


RIM = 3.0
"""Weight of what happens near the border of a smaller view, beside the whole of it."""


def _rim(edge: int, width: int = 16) -> Tensor:
    """1 near the border of a square picture, 0 in the middle; [edge, edge]."""
    rim = torch.ones(edge, edge)
    rim[width:-width, width:-width] = 0.0
    return rim


@dataclass
class Step:
    """Figures of one step, for the progress bar."""

    number: int
    precision: Precision
    losses: dict[str, float]


class Trainer:
    """Owns the model, the optimiser and the random numbers of one run."""

    def __init__(self, recipe: Recipe, photos: Photos, teacher: Perceptual, targets: Targets) -> None:
        torch.manual_seed(recipe.schedule.seed)
        self.recipe, self._photos, self._teacher, self._targets = recipe, photos, teacher, targets
        self.model = PaintModel(Architecture(), len(recipe.styles))
        self._random = torch.Generator().manual_seed(recipe.schedule.seed)
        steps = [p for n, p in self.model.named_parameters() if n.endswith("log_step")]
        weights = [p for n, p in self.model.network.named_parameters() if not n.endswith("log_step")]
        rate = recipe.schedule.learning_rate
        self._optimizer = torch.optim.Adam(
            [
                {"params": weights, "rate": rate},
                {"params": [self.model.styles], "rate": rate * recipe.schedule.style_rate},
                {"params": steps, "rate": rate},
            ]
        )
        self.step = 0
        self._canvas = torch.empty(0)

    # Checkpoints

    def save(self, path: Path) -> None:
        """Write everything that resuming needs, whole or not at all."""
        temporary = path.with_suffix(".part")
        torch.save(
            {"model": self.model.state_dict(), "optimizer": self._optimizer.state_dict(), "step": self.step}, temporary
        )
        temporary.replace(path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, weights_only=True)
        self.step = int(state["step"])
        self._set_precision()
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._random.manual_seed(self.recipe.schedule.seed + self.step)

    # Training

    def run(self, report: Callable[[Step], None]) -> None:
        """Train to the last step of the schedule."""
        self.model.train()
        while self.step < self.recipe.schedule.steps:
            self._set_precision()
            losses = self._train_step()
            self.step += 1
            report(Step(self.step, self.precision, losses))

    @property
    def precision(self) -> Precision:
        """The stage that the current step belongs to."""
        schedule = self.recipe.schedule
        done = self.step / schedule.steps
        if done >= schedule.int4_from:
            return Precision.INT4
        return Precision.INT8 if done >= schedule.int8_from else Precision.FP32

    @property
    def _size(self) -> int:
        schedule = self.recipe.schedule
        return schedule.int4_size if self.precision == Precision.INT4 else schedule.size

    def _set_precision(self) -> None:
        network = self.model.network
        if network.stem.quantize_weight.precision != self.precision:
            network.set_precision(self.precision)
        # Ranges are fixed for the last tenth, so that the weights settle to the arithmetic of the file.
        network.set_observing(self.step < 0.9 * self.recipe.schedule.steps)
        done = self.step / self.recipe.schedule.steps
        factor = min(1.0, (self.step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        if self._canvas.shape[-1] != self._size // 2 + 2 * network.architecture.pad:
            self._canvas = canvas_tensor(self._size, network.architecture.pad)
        for group in self._optimizer.param_groups:
            group["lr"] = group["rate"] * factor

    def _train_step(self) -> dict[str, float]:
        weights, batch = self.recipe.weights, self.recipe.schedule.batch
        photo = self._photos.batch(batch, self._size)
        index = torch.randint(len(self.recipe.styles), (batch,), generator=self._random)
        strength = self._strengths(batch)
        vectors = self.model.mixed(index, strength)
        painted = self.model.network(photo, vectors, self._canvas)

        with torch.no_grad():
            photo_features = self._teacher(photo)
        features = self._teacher(painted)
        targets = [torch.stack([self._targets[i][tap] for i in index.tolist()]) for tap in range(4)]
        parts = {
            "content": content_distance(features, photo_features),
            "style": strength**2 * style_distance(features, targets),
            "structure": 1 - ssim(painted, photo),
            "identity": (1 - strength) * (painted - photo).abs().mean((1, 2, 3)),
            "variation": total_variation(painted),
        }
        total = sum(getattr(weights, name) * value.mean() for name, value in parts.items())
        losses = {name: float(value.detach().mean()) for name, value in parts.items()}
        if self.step % 2:
            steady = self._steadiness(photo, vectors, painted)
            total = total + weights.noise * steady["noise"] + weights.motion * steady["motion"]
            losses |= {name: float(value.detach()) for name, value in steady.items()}
        self._descend(total)
        return losses

    def _strengths(self, count: int) -> Tensor:
        """Mostly the full style; else 0.3–1.0 as the article has it, or the plain mirror."""
        choice = torch.rand(count, generator=self._random)
        between = 0.3 + 0.7 * torch.rand(count, generator=self._random)
        return torch.where(choice < 0.65, torch.ones(count), torch.where(choice < 0.9, between, torch.zeros(count)))

    def _steadiness(self, photo: Tensor, vectors: Tensor, painted: Tensor) -> dict[str, Tensor]:
        """Flicker under sensor noise and under motion, each on one half of the batch.

        The motion is either a warp with its exact flow, what left the view masked, or a smaller view of the same scene.
        The latter is what takes the frame off the border: what is the border there is the middle here.
        """
        half = len(photo) // 2
        noise = torch.randn(photo[:half].shape, generator=self._random) * (4 / 255)
        noisy = self.model.network((photo[:half] + noise).clamp(0, 1), vectors[:half], self._canvas)
        move = self._warp_error if self.step % 8 == 1 else self._view_error
        return {
            "noise": (noisy - painted[:half]).abs().mean(),
            "motion": move(photo[half:], vectors[half:], painted[half:]),
        }

    def _warp_error(self, photo: Tensor, vectors: Tensor, painted: Tensor) -> Tensor:
        warp = Warp.random(self._size, self._random)
        return warp.error(self.model.network(warp(photo), vectors, self._canvas), warp(painted))

    def _view_error(self, photo: Tensor, vectors: Tensor, painted: Tensor) -> Tensor:
        edge = self._size * 3 // 4 // 8 * 8
        top, left = torch.randint(self._size - edge + 1, (2,), generator=self._random).tolist()
        view = (..., slice(top, top + edge), slice(left, left + edge))
        canvas = canvas_tensor(edge, self.model.network.architecture.pad)
        difference = (self.model.network(photo[view], vectors, canvas) - painted[view]).abs()
        return difference.mean() + RIM * difference.mul(_rim(edge)).sum() / (_rim(edge).sum() * len(photo) * 3)

    def _descend(self, total: Tensor) -> None:
        self._optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        if bool(torch.isfinite(norm)):
            self._optimizer.step()
        else:
            _log.warning("step %d: gradient is not finite; skipped", self.step)
