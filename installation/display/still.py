"""The still picture behind the holding cards: painted by the network, shipped in the package."""

from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from installation.frame import Pixels

FILE: Final = Path(__file__).with_name("stills") / "coffee.jpg"


def still(path: Path = FILE) -> Pixels | None:
    """The picture, uint8 ``[height, width, 3]``; None where it cannot be read; cards then have a black background."""
    try:
        with Image.open(path) as image:
            return np.ascontiguousarray(image.convert("RGB"), np.uint8)
    except (OSError, SyntaxError, ValueError):
        return None
