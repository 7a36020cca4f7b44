"""The training loop: float32 with the teacher's losses, then progressive quantisation; checkpoints can be resumed.

At the end of the float32 stage the trainer keeps a copy of the network as the reference. The quantised network learns
to paint what the reference paints with the same style vectors (distillation). Such a step costs a tenth of one with the
teacher's features. The style vectors go on learning.
"""

import copy
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from installation.files import whole_file
from installation.training.balance import Balance
from installation.training.canvases import Canvases, DirectedCanvas, Place, random_places
from installation.training.data import Photos
from installation.training.losses import Warp, contrast, ssim
from installation.training.model import PaintModel
from installation.training.network import FOLD, CanvasBatch, PaintNetwork
from installation.training.objective import Objective, weighted
from installation.training.paintings import PaintingTarget
from installation.training.perceptual import Perceptual
from installation.training.quantization import Precision
from installation.training.recipe import Recipe
from installation.training.rounding import round_weights
from installation.training.settle import Settling
from installation.training.style_batch import StyleBatch

_log = logging.getLogger(__name__)

RIM = 3.0
"""Weight of the difference near the border of a smaller view; the difference over the whole view has weight 1."""


def _view_edge(size: int) -> int:
    """Edge in pixels of a smaller view of a picture with the edge ``size``."""
    return size * 3 // 4 // 16 * 16


def _scaled(pictures: Tensor, factor: float) -> Tensor:
    """Scale pictures [N, C, H, W]; ``factor`` is 0.5, 1 or 2."""
    if factor == 0.5:
        return F.avg_pool2d(pictures, 2)
    return pictures if factor == 1.0 else F.interpolate(pictures, scale_factor=factor, mode="bilinear")


def _relative(pictures: Tensor) -> Tensor:
    """Contrast of pictures relative to that of a usual photo, 0.2; [N], at least 0.2.

    Flicker is divided by it, because how visible flicker is depends on the picture's contrast.
    """
    return (contrast(pictures) / 0.2).clamp(min=0.2)


@dataclass(frozen=True)
class _Scene:
    """Photos [N, 3, S, S], style vectors [N, K] to paint them with, and the places of their canvases in the field."""

    photo: Tensor
    vectors: Tensor
    places: list[Place]

    def part(self, which: slice) -> "_Scene":
        return _Scene(self.photo[which], self.vectors[which], self.places[which])


def _rim(edge: int, width: int = 32) -> Tensor:
    """A mask [edge, edge]: 1 within ``width`` pixels of the border, 0 in the middle."""
    rim = torch.ones(edge, edge)
    rim[width:-width, width:-width] = 0.0
    return rim


@dataclass
class Step:
    """Losses of one step, for the progress bar and the log; ``number`` counts from 1."""

    number: int
    precision: Precision
    losses: dict[str, float]


ROUNDING_BATCHES = 24
"""Number of batches, of four pictures each, from which the INT4 rounding takes its inputs."""

SCALES = {0: 2.0, 3: 0.5}
"""Scale of the pictures in the float32 stage by step modulo 6; steps that are not listed have scale 1.

Marks are to look the same in pictures of every class.
"""

TEACHER_EVERY = 3
"""In the quantised stages, every third step adds the teacher's losses."""

FURROWS_EVERY = 2
"""Every second step looks at the furrows, because that takes two more passes through the network."""


class Trainer:
    """Owns the model, the optimiser and the random numbers of one run."""

    def __init__(self, recipe: Recipe, photos: Photos, teacher: Perceptual, targets: list[PaintingTarget]) -> None:
        torch.manual_seed(recipe.schedule.seed)
        self.recipe, self._photos, self._targets = recipe, photos, targets
        self._objective = Objective(teacher)
        self.model = PaintModel(recipe.architecture, len(recipe.styles))
        self.reference: PaintNetwork | None = None
        self._balance, self._settling = Balance(self.model.network), Settling(self.model.network)
        self._random = torch.Generator().manual_seed(recipe.schedule.seed)
        self._optimizer = torch.optim.Adam(
            [
                {"params": list(self.model.network.parameters()), "factor": 1.0},
                {"params": [self.model.styles], "factor": recipe.schedule.style_rate},
            ]
        )
        self.step = 0
        # Whether `tune_styles` has run, after the last step.
        self.tuned = False
        size, pad = recipe.schedule.size, recipe.architecture.pad
        self._canvases = {scale: Canvases(round(size * scale), pad, scale) for scale in (1.0, *SCALES.values())}
        self._view_canvases = Canvases(_view_edge(size), pad)

    # Checkpoints

    def save(self, path: Path) -> None:
        """Write a checkpoint with everything that `resume` needs, whole or not at all."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "step": self.step,
            "precision": int(self.model.network.stem.quantize_weight.precision),
            "tuned": self.tuned,
        }
        if self.reference is not None:
            state["reference"] = self.reference.state_dict()
        with whole_file(path) as temporary:
            torch.save(state, temporary)

    def resume(self, path: Path) -> None:
        """Continue from a checkpoint."""
        state = torch.load(path, weights_only=True)
        self.step, self.tuned = int(state["step"]), bool(state.get("tuned", False))
        # Restore the saved precision, so that a stage that begins with the next step starts from these weights.
        self.model.network.set_precision(Precision(state["precision"]))
        if "reference" in state:
            self.model.network.load_state_dict(state["reference"])
            self._keep_reference()
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._random.manual_seed(self.recipe.schedule.seed + self.step)

    def begin_with(self, path: Path) -> None:
        """Take the float32 weights and style vectors of another run's checkpoint, if they have the same shape here."""
        state = torch.load(path, weights_only=True)
        found = dict(state["model"])
        found |= {f"network.{name}": value for name, value in state.get("reference", {}).items()}
        own = self.model.state_dict()
        taken = {name: value for name, value in found.items() if name in own and own[name].shape == value.shape}
        self.model.load_state_dict(own | taken)

    # Training

    def run(self, report: Callable[[Step], None]) -> None:
        """Train to the last step of the schedule; call ``report`` after each step."""
        self.model.train()
        while self.step < self.recipe.schedule.steps:
            self._set_stage()
            losses = self._train_step()
            if self.recipe.schedule.settling_start <= self.step < self.recipe.schedule.fp32_steps:
                losses["grid"] = self._settle()
            self.step += 1
            report(Step(self.step, self.precision, losses))

    @property
    def precision(self) -> Precision:
        """The stage that the current step belongs to."""
        schedule = self.recipe.schedule
        if self.step < schedule.fp32_steps:
            return Precision.FP32
        return Precision.INT8 if self.step < schedule.fp32_steps + schedule.int8_steps else Precision.INT4

    def _set_stage(self) -> None:
        network, schedule = self.model.network, self.recipe.schedule
        if self.precision != Precision.FP32 and self.reference is None:
            self._keep_reference()
        if network.stem.quantize_weight.precision != self.precision:
            if self.precision == Precision.INT4:
                self._round_weights()
            else:
                network.set_precision(self.precision)
        tuned = self.step - schedule.fp32_steps
        if tuned < 0:
            if self.step == schedule.settling_start:
                self._settling.begin()
            begun, rate, done = self.step, schedule.learning_rate, self.step / schedule.fp32_steps
            network.set_observing(True)
        else:
            begun, rate, done = tuned, schedule.tuning_rate, tuned / (schedule.int8_steps + schedule.int4_steps)
            # Ranges are fixed in the last third, so that the weights adapt to the arithmetic of the file.
            network.set_observing(done < 2 / 3)
        factor = min(1.0, (begun + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        for group in self._optimizer.param_groups:
            group["lr"] = rate * factor * group["factor"]

    def _settle(self) -> float:
        """Move the weights a little towards the grid; return their distance to it in steps."""
        schedule = self.recipe.schedule
        done = (self.step + 1 - schedule.settling_start) / (schedule.fp32_steps - schedule.settling_start)
        self._settling.draw(schedule.settling_rate * done**2)
        return self._settling.distance()

    def _round_weights(self) -> None:
        """Begin the INT4 stage with weights rounded by GPTQ on random photos and styles."""
        random = torch.Generator().manual_seed(self.recipe.schedule.seed)
        size, styles = self.recipe.schedule.size, self.model.styles.detach()
        batches = [
            (self._photos.batch(4, size), styles[torch.randint(len(styles), (4,), generator=random)])
            for _ in range(ROUNDING_BATCHES)
        ]

        def run() -> None:
            for photo, vectors in batches:
                self.model.network(photo, vectors, self._canvases[1.0].lay(photo, [(0.0, 0.0)] * len(photo)))

        self.model.eval()
        round_weights(self.model.network, run)
        self.model.train()

    def _keep_reference(self) -> None:
        """Keep a frozen float32 copy of the network, which the quantised network is to imitate."""
        self.reference = copy.deepcopy(self.model.network).eval().requires_grad_(False)
        self.reference.set_precision(Precision.FP32)
        self.reference.set_observing(False)

    def _train_step(self) -> dict[str, float]:
        size, batch = self.recipe.schedule.size, self.recipe.schedule.batch
        scale = SCALES.get(self.step % 6, 1.0) if self.reference is None else 1.0
        batch = batch if scale <= 1 else 1
        photo = _scaled(self._photos.batch(batch, size), scale)
        wanted = StyleBatch.draw(batch, len(self.recipe.styles), self._random)
        scene = _Scene(photo, wanted.vectors(self.model), random_places(batch, self._random))
        canvas = self._canvases[scale].lay(photo, scene.places)
        if self.reference is None:
            total, losses = self._perceptual(scene, wanted, canvas, scale)
        else:
            total, losses = self._fidelity(self.reference, scene, wanted.strength, canvas)
            if self.step % TEACHER_EVERY == 0:
                more, parts = self._perceptual(scene, wanted, canvas)
                total, losses = total + more, losses | parts
        self._descend(total)
        return losses

    def _fidelity(
        self, reference: PaintNetwork, scene: "_Scene", strength: Tensor, canvas: CanvasBatch
    ) -> tuple[Tensor, dict[str, float]]:
        """The weighted difference between the pictures of the quantised and the reference network; unweighted by name.

        The quantised network gets half of the photos with sensor noise. At strength 0 the target is the photo itself,
        which is more exact than the reference's picture.
        """
        photo = scene.photo
        with torch.no_grad():
            wanted = reference(photo, scene.vectors, canvas)
            wanted = torch.where(strength[:, None, None, None] > 0, wanted, photo)
        half = len(photo) // 2
        noise = torch.randn(photo[:half].shape, generator=self._random) * (4 / 255)
        seen = torch.cat(((photo[:half] + noise).clamp(0, 1), photo[half:]))
        painted = self.model.network(seen, scene.vectors, canvas)
        difference = (painted - wanted).abs().mean() + 0.2 * (1 - ssim(painted, wanted)).mean()
        return self.recipe.weights.fidelity * difference, {"fidelity": float(difference.detach())}

    def _perceptual(
        self, scene: "_Scene", wanted: StyleBatch, canvas: DirectedCanvas, scale: float = 1.0
    ) -> tuple[Tensor, dict[str, float]]:
        weights, strength = self.recipe.weights, wanted.strength
        with self._balance.watching():
            whole = self.model.network(scene.photo, scene.vectors, canvas)
        # The wall shows every class at the same size, so scale the pictures to one size.
        photo, painted = _scaled(scene.photo, 1 / scale), _scaled(whole, 1 / scale)
        target = wanted.target(self._targets)
        flatter = None
        if self.step % FURROWS_EVERY == 0:
            half, bare = (
                _scaled(self.model.network(scene.photo, scene.vectors, canvas.flatter(share)), 1 / scale)
                for share in (0.5, 0.0)
            )
            flatter = half, bare
        parts = self._objective.parts(painted, photo, target, strength, self._random, canvas.directions, flatter)
        parts |= {"balance": self._balance.loss(), "rounding": self._balance.rounding()}
        total = weighted(parts, weights)
        losses = {name: float(value.detach().mean()) for name, value in parts.items()}
        losses["contrast"] = float(contrast(painted.detach()).mean())
        if scale == 1.0 and (self.step % 2 or self.reference is not None):
            steady = self._steadiness(scene, painted)
            total = total + weights.noise * steady["noise"] + weights.motion * steady["motion"]
            losses |= {name: float(value.detach()) for name, value in steady.items()}
        return total, losses

    def _steadiness(self, scene: "_Scene", painted: Tensor) -> dict[str, Tensor]:
        """Flicker under sensor noise and under motion, each on one half of the batch, relative to the contrast.

        The motion is either a warp with known flow, and the field moves with it, or a smaller view of the scene. The
        smaller view keeps the network from painting a frame along the border, because the border of the view lies in
        the middle of the whole picture.
        """
        half = (len(painted) + 1) // 2
        calm, rest = scene.part(slice(0, half)), scene.part(slice(half, None))
        noise = torch.randn(calm.photo.shape, generator=self._random) * (4 / 255)
        noisy = (calm.photo + noise).clamp(0, 1)
        seen = self.model.network(noisy, calm.vectors, self._canvases[1.0].lay(noisy, calm.places))
        move = self._view_error if self.step % 8 == 5 else self._warp_error
        return {
            "noise": ((seen - painted[:half]).abs().mean((1, 2, 3)) / _relative(painted[:half])).mean(),
            "motion": move(rest, painted[half:]),
        }

    def _warp_error(self, scene: "_Scene", painted: Tensor) -> Tensor:
        warp = Warp.random(self.recipe.schedule.size, self._random)
        moved = warp(scene.photo)
        again = self.model.network(moved, scene.vectors, self._canvases[1.0].lay(moved, scene.places, warp))
        scale = _relative(painted)[:, None, None, None]
        return warp.error(again / scale, warp(painted) / scale)

    def _view_error(self, scene: "_Scene", painted: Tensor) -> Tensor:
        size = self.recipe.schedule.size
        edge = _view_edge(size)
        top, left = (16 * torch.randint((size - edge) // 16 + 1, (2,), generator=self._random)).tolist()
        view = (..., slice(top, top + edge), slice(left, left + edge))
        places = [(x + left / FOLD, y + top / FOLD) for x, y in scene.places]
        photo = scene.photo[view]
        again = self.model.network(photo, scene.vectors, self._view_canvases.lay(photo, places))
        difference = (again - painted[view]).abs() / _relative(painted)[:, None, None, None]
        return difference.mean() + RIM * difference.mul(_rim(edge)).sum() / (_rim(edge).sum() * len(photo) * 3)

    def _descend(self, total: Tensor) -> None:
        self._optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        if bool(torch.isfinite(norm)):
            self._optimizer.step()
        else:
            _log.warning("step %d: gradient is not finite; skipped", self.step)
