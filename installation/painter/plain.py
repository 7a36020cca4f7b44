"""Shows the frame itself where there is hardly any paint.

The network's picture of the plain mirror is near the frame, not equal to it: faint marks would lie on plain walls.
"""

from typing import Final

import cv2

from installation.frame import Pixels

ENOUGH: Final = 0.2
"""Paint (0…1) from which on the network's picture is shown alone; with less, the frame shows through."""


def uncover(picture: Pixels, frame: Pixels, paint: float) -> None:
    """Blend the frame into the picture of it, in place; both are uint8 ``[height, width, 3]``."""
    share = paint / ENOUGH
    if share < 1:
        cv2.addWeighted(picture, share, frame, 1 - share, 0, dst=picture)
