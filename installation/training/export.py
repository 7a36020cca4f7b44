"""Writes a trained model as a collection: the network file and one text file for each style."""

import hashlib
from pathlib import Path

import torch
from torch import Tensor

from installation.errors import OutputError
from installation.files import whole_file
from installation.network.tflite import MAX_BYTES
from installation.training.canvases import canvas_for
from installation.training.data import Photos
from installation.training.model import PaintModel
from installation.training.quantization import Precision
from installation.training.recipe import Recipe, StyleRecipe
from installation.training.tflite_export import tflite_bytes

_PHOTO = StyleRecipe("photo", "", "Mirror", "", "")


def quantize_now(model: PaintModel, photos: Photos, size: int, batches: int = 8) -> None:
    """Round a network that has not reached its INT4 stage yet; good enough for a preview only.

    The activation ranges come from ``batches`` batches of four photos.
    """
    network = model.network
    if network.stem.quantize_weight.precision == Precision.INT4:
        return
    network.set_observing(True)
    with torch.no_grad():
        for start in range(batches):
            index = torch.arange(start, start + 4) % len(model.styles)
            photo = photos.batch(4, size)
            network(photo, model.mixed(index, torch.ones(4)), canvas_for(photo, network.architecture.pad))
    network.set_observing(False)
    network.set_precision(Precision.INT4)


def write_collection(model: PaintModel, recipe: Recipe, folder: Path) -> Path:
    """Write ``network.tflite`` and the style files; return the path of the network.

    Raises:
        OutputError: the network is larger than its limit, or a file cannot be written.
    """
    data = tflite_bytes(model.network)
    if len(data) > MAX_BYTES:
        raise OutputError(f"the network takes {len(data)} bytes, more than {MAX_BYTES}; make it narrower")
    digest = hashlib.sha256(data).hexdigest()
    path = folder / "network.tflite"
    with whole_file(path) as temporary:
        temporary.write_bytes(data)
    for order, (style, vector) in enumerate(zip((*recipe.styles, _PHOTO), model.styles.detach(), strict=True)):
        with whole_file(folder / f"{style.name}.toml") as temporary:
            temporary.write_text(style_text(style, vector, digest, order), "utf-8")
    return path


OWN_LICENCE = "Style vector CC0-1.0; the painting is in the public domain"


def style_text(
    style: StyleRecipe, vector: Tensor, network: str, order: int | None = None, licence: str = OWN_LICENCE
) -> str:
    """The text of a style file (TOML); ``network`` is the SHA-256 of the network file."""
    values = [f"{value:.5g}" for value in vector.tolist()]
    rows = ["  " + ", ".join(values[i : i + 12]) + "," for i in range(0, len(values), 12)]
    head = {
        "title": style.title,
        "artist": style.artist,
        "year": style.year,
        "licence": licence if style.painting else "CC0-1.0",
        "source": style.painting,
        "network": network,
    }
    lines = [f"{key} = {_quoted(value)}" for key, value in head.items()]
    if order is not None:
        lines.append(f"order = {order}")
    return "\n".join([*lines, "vector = [", *rows, "]", ""])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
