"""Twenty pictures to paint: the bundled photos, whole and in parts, and frames of the bundled clip."""

from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from tests.pictures import read_picture

PACKAGE = Path(__file__).parents[2] / "installation"
CLIP = PACKAGE / "camera" / "clips" / "pedestrians.mp4"
COUNT = 20


def photos(height: int, width: int) -> list[NDArray[np.uint8]]:
    """The pictures, filling this size."""
    return [np.asarray(ImageOps.fit(picture, (width, height)), np.uint8) for picture in _pictures()]


@lru_cache(maxsize=1)
def _pictures() -> list[Image.Image]:
    pictures = [picture.convert("RGB") for picture in _bundled()]
    quarters = [_quarter(picture, place) for picture in pictures for place in range(4)]
    return [*pictures, *_frames(COUNT - len(pictures) - len(quarters)), *quarters]


def _bundled() -> list[Image.Image]:
    folders = (PACKAGE / "training" / "photos", PACKAGE / "display" / "stills")
    return [
        read_picture(path)
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.suffix in {".webp", ".jpg"}
    ]


def _quarter(picture: Image.Image, place: int) -> Image.Image:
    (across, down), (column, row) = (picture.width // 2, picture.height // 2), divmod(place, 2)
    return picture.crop((column * across, row * down, (column + 1) * across, (row + 1) * down))


def _frames(count: int) -> list[Image.Image]:
    with av.open(str(CLIP)) as clip:
        frames = [frame.to_image() for number, frame in enumerate(clip.decode(video=0)) if number % 8 == 0]
    return frames[:count]
