"""Contact sheets while training: photos down, styles across."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from installation.training.network import PaintNetwork
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


def picture_of(network: PaintNetwork, photo: Tensor, vector: Tensor) -> Image.Image:
    """One photo [1, 3, S, S] painted in one style vector [K]."""
    with torch.no_grad():
        painted = network(photo, vector[None], canvas_tensor(photo.shape[2], network.architecture.pad))[0]
    return Image.fromarray(_tile(painted, photo.shape[2]))


def _tile(picture: Tensor, tile: int) -> NDArray[np.uint8]:
    pixels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return np.asarray(Image.fromarray(pixels).resize((tile, tile), Image.Resampling.LANCZOS))
