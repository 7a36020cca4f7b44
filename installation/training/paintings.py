"""Style targets: Gram matrices of the paintings."""

from pathlib import Path

import torch
from torch import Tensor

from installation.training.data import load_picture, to_tensor
from installation.training.perceptual import Perceptual, gram

Targets = list[list[Tensor]]
"""For each painting, its Gram matrix at each tap of the teacher."""
SHORT_SIDE = 256
"""Paintings are seen at this size, so that a stroke is as large in the picture as there."""


def style_targets(teacher: Perceptual, files: list[Path], short_side: int = SHORT_SIDE) -> Targets:
    """For each painting, its Gram matrix at each tap of the teacher."""
    targets = []
    with torch.no_grad():
        for path in files:
            features = teacher(to_tensor(load_picture(path, short_side)))
            targets.append([gram(f)[0] for f in features])
    return targets
