"""Reads pictures that the package wrote."""

from pathlib import Path

from PIL import Image


def read_picture(path: Path) -> Image.Image:
    """The picture in ``path``, decoded as a whole; the file is closed again."""
    with Image.open(path) as picture:
        picture.load()
    return picture
