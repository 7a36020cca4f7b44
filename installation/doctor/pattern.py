"""A test picture for screens: colours, greys, edges, proportions."""

import numpy as np

from installation.frame import Pixels

_BARS = ((255, 255, 255), (255, 255, 0), (0, 255, 255), (0, 255, 0), (255, 0, 255), (255, 0, 0), (0, 0, 255))
_EDGE = 4


def screen_pattern(width: int, height: int) -> Pixels:
    """Colour bars on top, grey steps below, a circle, a white border: uint8 ``[height, width, 3]``.

    ``width`` and ``height`` are at least 64. On a good screen the edge is whole and the circle round.
    """
    picture = np.zeros((height, width, 3), np.uint8)
    columns = np.arange(width)
    picture[: height * 2 // 3] = np.asarray(_BARS, np.uint8)[columns * len(_BARS) // width]
    picture[height * 2 // 3 :] = (columns * 16 // width * 17)[None, :, None]
    y, x = np.ogrid[:height, :width]
    distance = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    radius = min(width, height) * 0.4
    picture[abs(distance - radius) < _EDGE / 2] = 0
    picture[:_EDGE] = picture[-_EDGE:] = 255
    picture[:, :_EDGE] = picture[:, -_EDGE:] = 255
    return picture
