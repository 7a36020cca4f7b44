"""Geometry of a screen that may be mounted rotated. Lengths are pixels, rectangles ``(x, y, width, height)``."""

import math
from dataclasses import dataclass
from typing import Literal

Size = tuple[int, int]
Rect = tuple[int, int, int, int]
Fit = Literal["cover", "contain"]
Rotation = Literal[0, 90, 180, 270]


@dataclass(frozen=True, slots=True)
class Placing:
    """A part of a picture and its place: ``source`` is scaled to ``target``."""

    source: Rect
    target: Rect

    @property
    def enlargement(self) -> float:
        """Factor by which the part is shown larger than it is, in each direction; below 1 it is shown smaller."""
        return float(math.sqrt(self.target[2] * self.target[3] / (self.source[2] * self.source[3])))


def fit(picture: Size, canvas: Size, how: Fit) -> Placing:
    """Fill the canvas and crop (``cover``), or show everything with bars (``contain``); never distort."""
    (width, height), (canvas_width, canvas_height) = picture, canvas
    if how == "contain":
        scale = min(canvas_width / width, canvas_height / height)
        shown = max(1, round(width * scale)), max(1, round(height * scale))
        return Placing((0, 0, width, height), _centred(shown, canvas))
    scale = max(canvas_width / width, canvas_height / height)
    seen = min(width, max(1, round(canvas_width / scale))), min(height, max(1, round(canvas_height / scale)))
    return Placing(_centred(seen, picture), (0, 0, canvas_width, canvas_height))


def upright(screen: Size, rotation: Rotation) -> Size:
    """Size of the upright canvas on a screen that is rotated by ``rotation`` degrees clockwise."""
    return screen if rotation in (0, 180) else (screen[1], screen[0])


def turned(rect: Rect, canvas: Size, rotation: Rotation) -> Rect:
    """Where to draw an upright ``rect`` of the canvas so that a rotation about its own centre puts it in place.

    SDL rotates about the centre of the given rectangle, whose sides are those before the rotation.
    """
    x, y, width, height = rect
    across, down = x + width / 2, y + height / 2
    centre = {
        0: (across, down),
        90: (canvas[1] - down, across),
        180: (canvas[0] - across, canvas[1] - down),
        270: (down, canvas[0] - across),
    }[rotation]
    return round(centre[0] - width / 2), round(centre[1] - height / 2), width, height


def landed(rect: Rect, canvas: Size, rotation: Rotation) -> Rect:
    """Where an upright ``rect`` of the canvas lies on the screen itself, with its sides after the rotation."""
    x, y, width, height = rect
    across, down = canvas
    if rotation == 90:
        return down - y - height, x, height, width
    if rotation == 180:
        return across - x - width, down - y - height, width, height
    if rotation == 270:
        return y, across - x - width, height, width
    return rect


def _centred(inner: Size, outer: Size) -> Rect:
    return (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2, *inner
