"""What the page needs to lay the painter's own canvas: for each picture size numbers, and the fields that it smears.

The numbers come from `installation/painter`, so there is one source; the page's steps are in
``site/engine/strokes.js``.
"""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from installation.errors import NetworkFileError
from installation.frame import PictureSize
from installation.network.canvas import CanvasLayout
from installation.network.sizes import class_size
from installation.painter.canvas import StrokeCanvas
from installation.painter.directions import EDGE, FAINTEST, RENEWED, SWIRL
from installation.painter.plain import ENOUGH

LIVE: Final = 256
"""Cost class of live pictures."""
STILL: Final = 448
"""Cost class of photos: the largest whose strokes need no other grid than the canvas's."""
ASPECTS: Final = (16 / 9, 3 / 2, 4 / 3, 1.0, 3 / 4, 2 / 3, 9 / 16)
"""Width by height of the pictures that the page can paint; it cuts a camera's picture to the nearest."""
FIXED: Final = 256
"""A field's value of 1 in its table, which is int16."""
TURN: Final = 65_536
"""A full turn in the table of angles, which is uint16."""


@dataclass(frozen=True)
class Tables:
    """Of one picture size.

    ``numbers`` is for JSON. ``fields`` holds the strokes' field, the angles of the swirl and the bristles' field, in
    this order.
    """

    numbers: dict[str, Any]
    fields: bytes


def sizes() -> list[tuple[int, PictureSize]]:
    """Cost class and size of all pictures that the page can paint."""
    return [(cost_class, class_size(cost_class, aspect)) for cost_class in (LIVE, STILL) for aspect in ASPECTS]


def tables(size: PictureSize, layout: CanvasLayout) -> Tables:
    """The tables for pictures of a size.

    Raises:
        NetworkFileError: at this size the canvas is computed on a grid of its own, which the page cannot.
    """
    height, width = size
    canvas = StrokeCanvas(height, width, layout)
    directions, strokes, bristles = canvas.tables
    rows, columns, _ = layout.shape(height, width)
    if bristles is None or canvas.shape != (rows, columns) or bristles.values.shape != (height // 2, width // 2):
        raise NetworkFileError(
            f"the page cannot lay the canvas of this network at {width}×{height} pixels; "
            "export from the shipped collection"
        )
    # As cv2.GaussianBlur chooses it for floats.
    kernel = cv2.getGaussianKernel(round(directions.sigma * 8 + 1) | 1, directions.sigma, cv2.CV_32F)
    numbers = {
        "height": height,
        "width": width,
        "scale": layout.scale,
        "rows": rows,
        "columns": columns,
        "before": layout.margins[0],
        "kernel": [float(weight) for weight in kernel.ravel()],
        "strokes": {"reach": strokes.reach, "gain": strokes.gain.tolist()},
        "bristles": {"reach": bristles.reach, "gain": bristles.gain.tolist()},
    }
    angles = np.rint(directions.swirl / (2 * np.pi) * TURN).astype(np.int64).astype("<u2")
    return Tables(numbers, _fixed(strokes.values) + angles.tobytes() + _fixed(bristles.values))


def constants() -> dict[str, float]:
    """Numbers that hold for every size."""
    return {
        "fixed": FIXED,
        "turn": TURN,
        "swirl": SWIRL,
        "edge": EDGE,
        "faintest": FAINTEST,
        "renewed": RENEWED,
        "enough": ENOUGH,
    }


def _fixed(values: NDArray[np.float32]) -> bytes:
    return np.clip(np.rint(values * FIXED), -32_768, 32_767).astype("<i2").tobytes()
