"""``art-installation styles add``: fits a new style and leaves the network unchanged."""

import re
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from installation.collection import Collection
from installation.errors import StyleError, UsageError
from installation.files import whole_file
from installation.network.tflite import NetworkFile
from installation.training.data import Photos, clip_frames, picture_files, to_tensor
from installation.training.export import style_text
from installation.training.fitting import FitSettings, Progress, StyleFitter
from installation.training.perceptual import Perceptual
from installation.training.recipe import StyleRecipe, load_recipe
from installation.training.sheets import picture_of
from installation.training.tflite_import import read_network
from installation.training.tiles import PHOTO, encode, load_photo

_SAY_AFTER, _SAVE_EVERY = 5, 50
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True)
class NewStyle:
    """What the style file says about the painting; ``name`` is also the name of the file."""

    name: str
    title: str
    artist: str
    year: str
    licence: str


def add_style(
    painting: Path,
    new: NewStyle,
    collection: Collection,
    teacher: Perceptual,
    photos: list[Path],
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Path, Path, float]:
    """Fit the style, then write the style file, and beside it a preview of a face and the visitor page's tile.

    The fit saves its vector every fifty steps; when you start an interrupted fit again, it begins with the saved
    vector. It calls ``say`` with its estimate of the time.

    Returns:
        The paths of the style file and of the preview, and the style distance.

    Raises:
        UsageError: the name is not allowed, or the painting or a folder of photos is missing.
        StyleError: the collection already has a style of that name.
    """
    if not _NAME.fullmatch(new.name):
        raise UsageError(f"--name {new.name}: may hold a-z, 0-9 and '-' only, 63 characters at most")
    if new.name in collection.names:
        raise StyleError(f"there is a style '{new.name}' already; choose another name or remove its file")
    if not painting.is_file():
        raise UsageError(f"{painting}: there is no such painting; check the path")
    settings = FitSettings()
    network = read_network(collection.network_path)
    known = torch.stack([torch.from_numpy(collection[name].vector.copy()) for name in collection.names])
    pictures = Photos(picture_files(photos), settings.seed) if photos else Photos.of(clip_frames())
    fitter = StyleFitter(network, known, pictures, teacher, load_recipe().weights)
    unfinished = collection.path / f".{new.name}.unfinished.npz"
    with tqdm(total=settings.steps, unit="step", disable=not sys.stderr.isatty()) as bar:

        def progress(now: Progress) -> None:
            bar.total = now.steps
            bar.update()
            bar.set_postfix_str(f"style distance {now.distance:.3f}")
            if now.done == _SAY_AFTER:
                say(f"{new.name}: {now.steps} steps, about {max(1, round(now.seconds_left / 60))} minutes")
            if now.done % _SAVE_EVERY == 0:
                with whole_file(unfinished) as temporary, temporary.open("wb") as file:
                    np.savez(file, vector=now.vector.numpy())

        vector, distance = fitter.fit(painting, settings, progress, start=_left_off(unfinished, known.shape[1]))
    recipe = StyleRecipe(new.name, painting.name, new.title, new.artist, new.year)
    text = style_text(recipe, vector, NetworkFile.load(collection.network_path).sha256, licence=new.licence)
    style, preview = (collection.path / f"{new.name}{ending}" for ending in (".toml", ".preview.png"))
    picture = picture_of(network, to_tensor(load_photo(PHOTO)), vector)
    with whole_file(preview) as temporary:
        picture.save(temporary)
    with whole_file(collection.path / f"{new.name}.webp") as temporary:
        temporary.write_bytes(encode(np.asarray(picture)))
    with whole_file(style) as temporary:
        temporary.write_text(text, "utf-8")
    unfinished.unlink(missing_ok=True)
    return style, preview, distance


def _left_off(path: Path, length: int) -> Tensor | None:
    """The vector that an interrupted fit saved; None if there is none of that length."""
    try:
        with np.load(path) as archive:
            vector = np.asarray(archive["vector"], np.float32)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    return torch.from_numpy(vector) if vector.shape == (length,) and bool(np.isfinite(vector).all()) else None
