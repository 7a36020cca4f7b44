"""Loads the training pictures: paintings, and photos augmented to look like those of a camera in a gallery."""

import zlib
from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from installation.camera import bundled_clip
from installation.errors import UsageError

_CLIP_FRAMES = 24
_ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}


def picture_files(folders: Iterable[Path]) -> list[Path]:
    """All photos in the folders and their subfolders; sorted within each folder.

    Raises:
        UsageError: a folder is missing or holds no picture.
    """
    files: list[Path] = []
    for folder in folders:
        found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _ENDINGS) if folder.is_dir() else []
        if not found:
            raise UsageError(f"{folder}: holds no pictures ({', '.join(sorted(_ENDINGS))}); check the path")
        files.extend(found)
    return files


def held_out(path: Path) -> bool:
    """Whether training leaves this photo to the report: one photo in 32, by a hash of its name."""
    return zlib.crc32(path.name.encode()) % 32 == 0


def load_picture(path: Path, short_side: int | None = None) -> Image.Image:
    """Load a picture as upright RGB, scaled so that its short side is ``short_side`` pixels.

    Raises:
        UsageError: the file cannot be read as a picture.
    """
    try:
        with Image.open(path) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read as a picture ({error})") from None
    if short_side:
        scale = short_side / min(picture.size)
        size = (max(short_side, round(picture.width * scale)), max(short_side, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return picture


def to_tensor(picture: Image.Image | NDArray[np.uint8]) -> Tensor:
    """The picture as a tensor [1, 3, H, W], 0…1."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255.0


def clip_frames() -> list[NDArray[np.uint8]]:
    """Frames spread evenly over the bundled clip; they show enough people to fit a style."""
    with av.open(str(bundled_clip())) as clip:
        frames = [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in clip.decode(video=0)]
    return frames[:: max(1, len(frames) // _CLIP_FRAMES)]


class Photos:
    """Draws random crops of photos and augments them: light, flips, occlusion of 10–30 % of the area, sensor noise.

    It keeps all photos in memory with a short side of ``stored`` pixels.
    """

    def __init__(self, files: list[Path], seed: int, stored: int = 352) -> None:
        self._size, self._random = 0, np.random.default_rng(seed)
        self._photos = [np.asarray(load_picture(path, stored)) for path in files]

    @classmethod
    def of(cls, pictures: list[NDArray[np.uint8]], seed: int = 0) -> "Photos":
        """Draw from pictures that are already in memory, each uint8 [H, W, 3]."""
        photos = cls([], seed)
        photos._photos = pictures
        return photos

    def __len__(self) -> int:
        return len(self._photos)

    def batch(self, count: int, size: int) -> Tensor:
        """A random batch [count, 3, size, size], 0…1."""
        self._size = size
        return torch.cat([self._augmented() for _ in range(count)])

    def _augmented(self) -> Tensor:
        random = self._random
        x = self._crop()
        if random.random() < 0.5:
            x = x.flip(3)
        if random.random() < 0.06:
            x = self._wall()
        if random.random() < 0.6:
            x = x.clamp(0, 1) ** float(random.uniform(0.6, 1.7)) * float(random.uniform(0.5, 1.1))
        if random.random() < 0.3:
            x = self._occlude(x)
        if random.random() < 0.5:
            x = x + torch.from_numpy(random.normal(0, random.uniform(0, 6) / 255, x.shape).astype(np.float32))
        return x.clamp(0, 1)

    def _crop(self) -> Tensor:
        random = self._random
        photo = self._photos[random.integers(len(self._photos))]
        height, width = photo.shape[:2]
        edge = int(random.integers(self._size * 3 // 4, min(height, width) + 1))
        top, left = random.integers(height - edge + 1), random.integers(width - edge + 1)
        crop = to_tensor(photo[top : top + edge, left : left + edge])
        return F.interpolate(crop, (self._size, self._size), mode="bilinear", antialias=True)

    def _wall(self) -> Tensor:
        corners = torch.from_numpy(self._random.uniform(0, 1, (1, 3, 1, 1)).astype(np.float32))
        shade = torch.from_numpy(self._random.normal(0, 0.08, (1, 3, 2, 2)).astype(np.float32))
        size = (self._size, self._size)
        return F.interpolate(corners + shade, size, mode="bilinear", align_corners=True)

    def _occlude(self, x: Tensor) -> Tensor:
        random, size = self._random, self._size
        area, aspect = random.uniform(0.1, 0.3), random.uniform(0.5, 2.0)
        height = int(min(size - 1, (area * aspect) ** 0.5 * size))
        width = int(min(size - 1, (area / aspect) ** 0.5 * size))
        top, left = random.integers(size - height), random.integers(size - width)
        patch = self._crop() if random.random() < 0.5 else self._wall()
        x = x.clone()
        x[:, :, top : top + height, left : left + width] = patch[:, :, :height, :width]
        return x
