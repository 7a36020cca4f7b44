"""Contact sheets while training: photos down, styles across."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from installation.training.trainer import PaintModel, canvas_tensor


def write_sheet(model: PaintModel, photos: list[Tensor], path: Path, tile: int = 160, strength: float = 1.0) -> None:
    """Paint each photo [1, 3, S, S] in every style, the photo itself first and the identity last."""
    rows = []
    network = model.network
    with torch.no_grad():
        for photo in photos:
            canvas = canvas_tensor(photo.shape[2], network.architecture.pad)
            index = torch.arange(len(model.styles))
            vectors = model.mixed(index, torch.full((len(index),), strength))
            painted = torch.cat([network(photo, v[None], canvas) for v in vectors])
            rows.append(np.concatenate([_tile(p, tile) for p in (photo[0], *painted)], 1))
    Image.fromarray(np.concatenate(rows, 0)).save(path)


def _tile(picture: Tensor, tile: int) -> NDArray[np.uint8]:
    pixels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return np.asarray(Image.fromarray(pixels).resize((tile, tile), Image.Resampling.LANCZOS))
