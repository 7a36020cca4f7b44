"""Picture sizes that the network accepts, and the shape of a picture of each cost class."""

import math
from typing import Final, Literal, get_args

from installation.errors import UsageError
from installation.frame import PictureSize, edges

MIN_EDGE: Final = 64
MAX_EDGE: Final = 4096
MULTIPLE: Final = 16
"""Smallest and largest edge in pixels, and the number that edges are multiples of."""

CostClass = Literal[192, 256, 320, 384, 448, 512, 640, 768, 896, 1024]
"""A picture of class N has about as many pixels as one of N×N, in any shape."""
CLASSES: Final[tuple[int, ...]] = get_args(CostClass)

_WIDEST: Final = 4.0
"""Aspects beyond 4:1 and 1:4 are painted as these, and cut."""
_PIXELS_COUNT: Final = 0.25
"""Weight of the pixel count: a quarter more or fewer pixels counts like cutting off a sixteenth of the picture."""


def check_size(size: int | PictureSize) -> PictureSize:
    """``(height, width)`` of a size that the network can paint.

    Raises:
        UsageError: an edge is not a multiple of 16 from 64 to 4096.
    """
    height, width = edges(size)
    if not all(MIN_EDGE <= edge <= MAX_EDGE and edge % MULTIPLE == 0 for edge in (height, width)):
        raise UsageError(
            f"size {width}×{height} cannot be painted; both edges must be multiples of {MULTIPLE} "
            f"from {MIN_EDGE} to {MAX_EDGE}"
        )
    return height, width


def class_size(cost_class: int, aspect: float) -> PictureSize:
    """``(height, width)`` of pictures of a cost class whose width is ``aspect`` times their height.

    Edges are multiples of 16: of those near, the ones that lose least of the picture on a screen of this aspect while
    their pixels stay near the class's. 256 on a 16:9 screen is 336×192, on a square one 256×256.

    >>> class_size(256, 16 / 9)
    (192, 336)
    """
    aspect = min(max(aspect, 1 / _WIDEST), _WIDEST)
    tall = cost_class / math.sqrt(aspect) / MULTIPLE

    def loss(size: PictureSize) -> float:
        height, width = size
        return abs(math.log(width / height / aspect)) + _PIXELS_COUNT * abs(math.log(width * height / cost_class**2))

    sizes = []
    for rows in range(math.floor(tall) - 1, math.ceil(tall) + 2):
        height = max(MIN_EDGE, rows * MULTIPLE)
        for columns in (math.floor(height * aspect / MULTIPLE), math.ceil(height * aspect / MULTIPLE)):
            sizes.append((height, min(max(MIN_EDGE, columns * MULTIPLE), MAX_EDGE)))
    return min(sizes, key=loss)
