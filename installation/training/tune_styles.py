"""Fits some style vectors once more: those of styles in which people are hard to recognise.

The network stays unchanged; likeness to the photo gets a larger weight.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import torch

from installation.training.data import Photos
from installation.training.fitting import FitSettings, Progress, StyleFitter
from installation.training.model import PaintModel
from installation.training.perceptual import Perceptual
from installation.training.recipe import Recipe, StyleRecipe

TUNING = FitSettings(steps=100, learning_rate=0.02)
SHARE = 0.3
"""How far a vector goes towards the one that was fitted: all the way, hardly any paint is left."""


def styles_to_tune(styles: Sequence[StyleRecipe]) -> list[int]:
    """Indices of the styles whose recipe sets a ``likeness`` other than 1."""
    return [index for index, style in enumerate(styles) if style.likeness != 1.0]


def tune_styles(
    model: PaintModel,
    recipe: Recipe,
    photos: Photos,
    teacher: Perceptual,
    paintings: Path,
    progress: Callable[[Progress], None],
    settings: FitSettings = TUNING,
) -> None:
    """Fit the vectors of these styles in place; afterwards the network of ``model`` is frozen."""
    network = model.network.eval().requires_grad_(False)
    for index in styles_to_tune(recipe.styles):
        style = recipe.styles[index]
        weights = msgspec.structs.replace(
            recipe.weights,
            content=recipe.weights.content * style.likeness,
            structure=recipe.weights.structure * style.likeness,
            form=recipe.weights.form * style.likeness,
            along=recipe.weights.along * style.likeness,
        )
        own = model.styles.detach()[index]
        fitter = StyleFitter(network, own[None], photos, teacher, weights)
        vector, _ = fitter.fit(paintings / style.painting, settings, progress, start=own)
        with torch.no_grad():
            model.styles[index] = own + SHARE * (vector - own)
