"""Photos from requests, and pictures for answers."""

import io
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from PIL import Image

from installation.camera.photo import read_photo
from installation.errors import MediaError
from installation.frame import Pixels
from installation.painter.still import fitting_size
from installation.server.limits import FORMATS
from installation.server.problems import Problem
from installation.server.question import TYPES

_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "PNG": {"compress_level": 3},  # the default takes three times as long, for a few per cent
    "JPEG": {"quality": 93, "subsampling": 0},
    "WEBP": {"quality": 90, "method": 2},
}


def decode(body: bytes, size: int, largest_pixels: int) -> Pixels:
    """The photo, upright, in RGB, its longest edge ``size`` pixels.

    Raises:
        Problem: 422, it is not a photo, is damaged, or has too many pixels.
    """
    try:
        return fitted(body, "body", size, FORMATS, largest_pixels)
    except MediaError as error:
        raise Problem(422, str(error)) from None


def fitted(body: bytes, name: str, size: int, formats: Sequence[str], largest_pixels: int) -> Pixels:
    """The photo in a file of these formats that errors call ``name``, as `decode` returns it.

    Raises:
        MediaError: it is not such a photo, is damaged, or has too many pixels.
    """
    # Reduced to no more than twice the size first, as for the command stylize.
    photo = read_photo(io.BytesIO(body), name, 2 * size, formats, largest_pixels)
    return np.asarray(photo.resize(fitting_size(*photo.size, size), Image.Resampling.LANCZOS), np.uint8)


def encode(pixels: Pixels, media_type: str) -> bytes:
    """The picture as a file of this media type."""
    file = io.BytesIO()
    kind = TYPES[media_type]
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, kind, **_OPTIONS[kind])
    return file.getvalue()
