"""Runs one training: reads the pictures, writes checkpoints, contact sheets and a log of the losses."""

import json
from collections import deque
from pathlib import Path

import torch
from tqdm import tqdm

from installation.errors import UsageError
from installation.training.data import Photos, held_out, load_picture, picture_files, to_tensor
from installation.training.fitting import Progress
from installation.training.paintings import painting_targets
from installation.training.perceptual import load_perceptual
from installation.training.recipe import Recipe
from installation.training.record import RunRecord, Stopwatch
from installation.training.sheets import write_sheet
from installation.training.trainer import Step, Trainer
from installation.training.tune_styles import TUNING, styles_to_tune, tune_styles

CHECKPOINT, RECORD = "checkpoint.pt", "run.json"
_SAVE_EVERY = 250
_WINDOW = 100


def train(
    recipe: Recipe, photos: list[Path], paintings: Path, perceptual: str, run: Path, begin: Path | None = None
) -> Trainer:
    """Train, or resume from the checkpoint in the folder ``run``; return the trainer after the last step.

    A new run begins with the weights of the checkpoint ``begin``, if given. ``perceptual`` names the teacher as in
    `load_perceptual`.

    Raises:
        UsageError: a folder or painting is missing, or the teacher cannot be loaded.
    """
    files = [paintings / style.painting for style in recipe.styles]
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        raise UsageError(f"{paintings}: lacks the painting {missing[0]}; put it there or take it out of the recipe")
    run.mkdir(parents=True, exist_ok=True)
    teacher = load_perceptual(perceptual)
    targets = painting_targets(teacher, files)
    found = picture_files(photos)
    kept = [path for path in found if not held_out(path)]
    pictures = Photos(kept, recipe.schedule.seed)
    trainer = Trainer(recipe, pictures, teacher, targets)
    checkpoint = run / CHECKPOINT
    if checkpoint.is_file():
        trainer.resume(checkpoint)
    elif begin is not None:
        trainer.begin_with(begin)
    samples = _samples([path for path in found if held_out(path)])
    steps = recipe.schedule.steps
    record, watch = RunRecord.begin(run / RECORD, recipe, kept, perceptual), Stopwatch()
    recent: deque[dict[str, float]] = deque(maxlen=_WINDOW)
    with tqdm(total=steps, initial=trainer.step, unit="step", mininterval=10) as bar:

        def report(step: Step) -> None:
            recent.append(step.losses)
            bar.update()
            if step.number % _SAVE_EVERY == 0 or step.number == steps:
                means = _means(recent)
                bar.set_postfix_str(" ".join(f"{name} {value:.3f}" for name, value in means.items()))
                with (run / "figures.jsonl").open("a") as log:
                    log.write(json.dumps({"step": step.number, "stage": step.precision.name, **means}) + "\n")
                trainer.save(checkpoint)
                record.steps, record.seconds = step.number, round(record.seconds + watch.lap(), 1)
                record.write(run / RECORD)
            if step.number % (4 * _SAVE_EVERY) == 0 or step.number == steps:
                write_sheet(trainer.model, samples, run / f"sheet-{step.number:06d}.png")

        trainer.run(report)
    if not trainer.tuned:
        with tqdm(total=len(styles_to_tune(recipe.styles)) * TUNING.steps, unit="step", mininterval=10) as bar:

            def tuned(progress: Progress) -> None:
                bar.update()
                bar.set_postfix_str(f"style distance {progress.distance:.3f}")

            tune_styles(trainer.model, recipe, pictures, teacher, paintings, tuned)
        trainer.tuned = True
        trainer.save(checkpoint)
    return trainer


def _means(recent: deque[dict[str, float]]) -> dict[str, float]:
    names = sorted({name for losses in recent for name in losses})
    values = {name: [losses[name] for losses in recent if name in losses] for name in names}
    return {name: round(sum(v) / len(v), 4) for name, v in values.items()}


def _samples(files: list[Path], count: int = 5, size: int = 352) -> list[torch.Tensor]:
    """Load ``count`` held-out photos, spread over the folders, for the contact sheets; each [1, 3, size, size]."""
    spread = files[:: max(1, len(files) // count)][:count]
    return [to_tensor(load_picture(path, size)).narrow(2, 0, size).narrow(3, 0, size) for path in spread]
