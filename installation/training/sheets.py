"""Writes contact sheets: during training one of photos × styles, for the report one for each scene."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from installation.collection import Collection
from installation.files import whole_file
from installation.frame import Pixels
from installation.training.canvases import canvas_for
from installation.training.data import clip_frames
from installation.training.model import PaintModel
from installation.training.network import PaintNetwork
from installation.training.painters import SIZE, ShippedPainter


def write_sheet(model: PaintModel, photos: list[Tensor], path: Path, tile: int = 224, strength: float = 1.0) -> None:
    """Write a sheet with a row for each photo [1, 3, S, S]: the photo, then every style, and the identity last.

    ``tile`` is the edge of each picture on the sheet in pixels.
    """
    rows = []
    network = model.network
    with torch.no_grad():
        for photo in photos:
            canvas = canvas_for(photo, network.architecture.pad)
            index = torch.arange(len(model.styles))
            vectors = model.mixed(index, torch.full((len(index),), strength))
            painted = torch.cat([network(photo, v[None], canvas) for v in vectors])
            rows.append(np.concatenate([_tile(p, tile) for p in (photo[0], *painted)], 1))
    Image.fromarray(np.concatenate(rows, 0)).save(path)


def picture_of(network: PaintNetwork, photo: Tensor, vector: Tensor) -> Image.Image:
    """Paint one photo [1, 3, S, S] with a style vector [K]."""
    with torch.no_grad():
        painted = network(photo, vector[None], canvas_for(photo, network.architecture.pad))[0]
    return Image.fromarray(_tile(painted, photo.shape[2]))


def _tile(picture: Tensor, tile: int) -> NDArray[np.uint8]:
    pixels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return np.asarray(Image.fromarray(pixels).resize((tile, tile), Image.Resampling.LANCZOS))


_TILE, _ACROSS = 192, 6


def write_scenes(collection: Collection, folder: Path) -> list[Path]:
    """Write one sheet for each of four scenes: a face, a crowd, a dark room, a plain wall; return their paths.

    Face, crowd and dark room come from the bundled clip, which is free to use; the plain wall is computed. The
    collection's network file paints them.
    """
    frames = clip_frames()
    face, crowd = (_square(frames[index]) for index in (2, -5))
    dark = (crowd * 0.22).astype(np.uint8)
    rise = np.linspace(0.62, 0.78, SIZE)[:, None, None] + np.linspace(-0.05, 0.05, SIZE)[None, :, None]
    wall = (rise * (244, 238, 226)).astype(np.uint8)
    names = [name for name in collection.names if name != "photo"]
    painter = ShippedPainter(collection, names)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for scene, photo in {"face": face, "crowd": crowd, "dark room": dark, "plain wall": wall}.items():
        pictures = [photo, *(painter.paint(photo, index) for index in range(len(names))), painter.paint(photo, 0, 0.0)]
        paths.append(folder / f"{scene.replace(' ', '-')}.png")
        with whole_file(paths[-1]) as temporary:
            # A palette of 256 colours keeps the repository small.
            _grid(pictures).quantize(256, dither=Image.Dither.NONE).save(temporary, "PNG", optimize=True)
    return paths


def _square(frame: NDArray[np.uint8]) -> Pixels:
    return np.asarray(ImageOps.fit(Image.fromarray(frame), (SIZE, SIZE)), np.uint8)


def _grid(pictures: Sequence[Pixels]) -> Image.Image:
    rows = -(-len(pictures) // _ACROSS)
    grid = Image.new("RGB", (_ACROSS * _TILE, rows * _TILE), "white")
    for index, picture in enumerate(pictures):
        place = (index % _ACROSS * _TILE, index // _ACROSS * _TILE)
        grid.paste(Image.fromarray(picture).resize((_TILE, _TILE), Image.Resampling.LANCZOS), place)
    return grid
