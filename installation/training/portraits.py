"""Finds faces in photos, and finds them again in the pictures painted from these photos."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageOps

from installation.errors import UsageError
from installation.frame import Pixels
from installation.training.data import load_picture

EDGE = 512
"""Edge in pixels of the pictures in which faces are searched."""
_NEIGHBOURS = 3
"""So many overlapping detections make a face, as OpenCV has it."""
_SURE = 10
"""So many make the face of a photo: a motorcycle's badge and a hillside got 5 and 4, the least of 14 faces 13."""
_OVERLAP = 0.4
"""Two boxes with a larger intersection over union than this are the same face."""

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


@dataclass(frozen=True)
class Portrait:
    """A photo with a face: its file, its centred square as uint8 ``[EDGE, EDGE, 3]``, and the box of the face in it."""

    file: Path
    pixels: Pixels
    face: Box


class FaceFinder:
    """OpenCV's cascade for frontal faces (Viola & Jones 2001).

    Raises:
        UsageError: this version of OpenCV has no such cascade.
    """

    def __init__(self) -> None:
        folder = Path(cv2.__file__).parent / "data"
        # OpenCV's type stubs describe version 5, which has no CascadeClassifier.
        library: Any = cv2
        if not hasattr(library, "CascadeClassifier"):
            raise UsageError(f"OpenCV {cv2.__version__} finds no faces; pip install 'opencv-python-headless<5'")
        self._cascade = library.CascadeClassifier(str(folder / "haarcascade_frontalface_default.xml"))

    def find(self, pixels: Pixels, neighbours: int = _NEIGHBOURS) -> list[Box]:
        """The boxes of the faces in an RGB picture, uint8 [H, W, 3]: where ``neighbours`` detections overlap."""
        gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        boxes: NDArray[np.int32] = np.asarray(self._cascade.detectMultiScale(gray, minNeighbors=neighbours), np.int32)
        return [(left, top, width, height) for left, top, width, height in boxes.reshape(-1, 4).tolist()]

    def portraits(self, files: Sequence[Path]) -> list[Portrait]:
        """The photos that surely show a face in their centred square; of several faces, the widest one counts."""
        found = []
        for file in files:
            pixels = np.asarray(ImageOps.fit(load_picture(file), (EDGE, EDGE)), np.uint8)
            faces = self.find(pixels, _SURE)
            if faces:
                found.append(Portrait(file, pixels, max(faces, key=lambda box: box[2])))
        return found

    def kept(self, portraits: Sequence[Portrait], paint: Callable[[Pixels], Pixels]) -> float:
        """The share (0…1) of portraits whose face is found again after ``paint`` has painted them."""
        return float(
            np.mean(
                [
                    any(overlap(portrait.face, box) > _OVERLAP for box in self.find(paint(portrait.pixels)))
                    for portrait in portraits
                ]
            )
        )


def overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0…1."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (a[2] * a[3] + b[2] * b[3] - both)
