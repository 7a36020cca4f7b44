import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.collection import Collection
from installation.server.engine import Engine
from installation.server.limits import Limits
from installation.server.metrics import Metrics

PHOTOS = Path(__file__).parents[2] / "installation" / "training" / "photos"


@pytest.fixture(scope="session")
def collection() -> Collection:
    return Collection.load()


@pytest.fixture(scope="session")
def engine(collection) -> Engine:
    return Engine(collection, threads=1)


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def portrait(width: int = 256, height: int = 256) -> Image.Image:
    """A real photo, of a face, that the project ships."""
    with Image.open(
        next(path for path in sorted(PHOTOS.iterdir()) if path.suffix in (".jpg", ".png", ".webp"))
    ) as photo:
        return photo.convert("RGB").resize((width, height))


def pixels(width: int = 256, height: int = 256) -> np.ndarray:
    return np.asarray(portrait(width, height), np.uint8)


def file_of(picture: Image.Image, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """The same picture, but for roundings.

    In a batch AdaIN's means are added up in another order, so a rounding to INT8 may fall the other way.
    """
    difference = np.abs(one.astype(int) - other)
    return bool(difference.mean() < 0.1 and difference.max() <= 6)
