"""A drawn scene that moves: the camera for tests, for machines without a camera, and for a first try."""

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from installation.camera.base import Buffers
from installation.camera.pace import Pace
from installation.errors import CameraError
from installation.frame import Frame, PictureSize, Pixels, edges

_SUPERSAMPLING = 4
_NOISE_FIELDS = 8
_SEED = 20260101


class SyntheticCamera:
    """A visitor sways before a wall with a window; picture ``n`` is always the same.

    ``noise`` is the standard deviation of sensor noise in levels (0…255). ``before_read`` is called with the number of
    the frame about to be read, counted over reopenings, and may raise or block: that is how tests break the camera.
    """

    def __init__(
        self,
        size: int | PictureSize,
        fps: float = 30.0,
        *,
        noise: float = 0.0,
        paced: bool = True,
        before_read: Callable[[int], None] | None = None,
    ) -> None:
        self.name = "synthetic"
        self.hung = False
        self._fps = fps
        self._deviation = noise
        self._paced = paced
        self._before_read = before_read
        self._pace = Pace()
        self._paint_scene(edges(size))
        self._open = False
        self._number = 0
        self._sequence = 0

    def open(self) -> None:
        """Continue with the frame after the last one."""
        self._open = True
        self._sequence = 0
        self._pace.restart()

    def read(self) -> Frame:
        """Draw the next frame when it is due."""
        if not self._open:
            raise CameraError("the synthetic camera is not open")
        number = self._number
        self._number += 1
        if self._before_read is not None:
            self._before_read(number)
        if self._paced:
            self._pace.wait(number / self._fps)
        pixels = self._buffers.next()
        self.draw(number / 30.0, number, pixels)
        self._sequence += 1
        return Frame(pixels, time.monotonic(), self._sequence - 1)

    def resize(self, size: PictureSize) -> None:
        """Draw at another size."""
        self._paint_scene(size)

    def close(self) -> None:
        """Stop drawing."""
        self._open = False

    def draw(self, seconds: float, number: int, out: Pixels) -> None:
        """Draw the scene at a moment, with the noise of frame ``number``, into ``out``."""
        high, wide = self._buffers.size
        unit = min(high, wide)
        np.copyto(out, self._wall)
        sway = round(wide / 2 + unit * (0.16 * math.sin(seconds * 0.9) + 0.03 * math.sin(seconds * 2.3)))
        bob = round(unit * 0.02 * (1 + math.sin(seconds * 1.8)))
        height, width = self._alpha.shape[:2]
        left = min(max(sway - width // 2, 0), wide - width)
        top = min(high - height + bob, high - 1)
        place = out[top : top + height, left : left + width]
        visible = place.shape[0]
        alpha, visitor = self._alpha[:visible], self._visitor[:visible]
        # place + (visitor − place) · alpha, in whole numbers
        place[...] = (place * (256 - alpha) + visitor * alpha) >> 8
        if self._noise is not None:
            _add_noise(out, self._noise[number % _NOISE_FIELDS], number)

    def _paint_scene(self, size: PictureSize) -> None:
        """Draw what stays the same from frame to frame."""
        self._buffers = Buffers(size)
        self._wall = _draw_wall(size)
        self._visitor, self._alpha = _draw_visitor(min(size))
        self._noise = _draw_noise(size, self._deviation) if self._deviation > 0 else None


def fail_at(number: int, error: Exception) -> Callable[[int], None]:
    """Return a ``before_read`` that raises ``error`` once, at the given frame."""

    def hook(current: int) -> None:
        if current == number:
            raise error

    return hook


def hang_at(number: int, seconds: float) -> Callable[[int], None]:
    """Return a ``before_read`` that blocks once, at the given frame, as a dead driver does."""

    def hook(current: int) -> None:
        if current == number:
            time.sleep(seconds)

    return hook


def _draw_wall(size: PictureSize) -> Pixels:
    """Return the wall: a warm gradient, a floor, a window with sky and a picture frame; drawn square, then fitted."""
    edge = max(size) * _SUPERSAMPLING
    image = Image.new("RGB", (edge, edge))
    draw = ImageDraw.Draw(image)
    for row in range(edge):
        light = 1.0 - 0.35 * row / edge
        draw.line(((0, row), (edge, row)), fill=(int(206 * light), int(188 * light), int(160 * light)))
    _polygon(draw, edge, "#6d4c33", (0, 0.86), (1, 0.86), (1, 1), (0, 1))
    _box(draw, edge, "#f4efe2", (0.05, 0.08, 0.37, 0.52))
    _box(draw, edge, "#7fb2dc", (0.07, 0.10, 0.35, 0.50))
    _polygon(draw, edge, "#5f8a4e", (0.07, 0.40), (0.18, 0.33), (0.27, 0.39), (0.35, 0.34), (0.35, 0.50), (0.07, 0.50))
    _box(draw, edge, "#f4efe2", (0.20, 0.08, 0.22, 0.52))
    _box(draw, edge, "#3b2a1e", (0.68, 0.14, 0.94, 0.44))
    _box(draw, edge, "#d9a441", (0.70, 0.16, 0.92, 0.42))
    draw.ellipse([edge * part for part in (0.75, 0.20, 0.87, 0.36)], fill="#a5402d")
    return np.asarray(image.resize((size[1], size[0]), Image.Resampling.BOX), np.uint8)


def _draw_visitor(size: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Return a person from head to hips, ``(height, width, 3)``, and the opacity ``(height, width, 1)``, 0…256."""
    height, width = round(size * 0.86), round(size * 0.56)
    edge = size * _SUPERSAMPLING
    image = Image.new("RGBA", (width * _SUPERSAMPLING, height * _SUPERSAMPLING))
    draw = ImageDraw.Draw(image)
    middle = 0.28

    def ellipse(fill: str, x: float, y: float, radius_x: float, radius_y: float) -> None:
        draw.ellipse([edge * part for part in (x - radius_x, y - radius_y, x + radius_x, y + radius_y)], fill=fill)

    ellipse("#3a2418", middle, 0.17, 0.145, 0.165)
    _polygon(draw, edge, "#c98f6b", (0.23, 0.26), (0.33, 0.26), (0.34, 0.40), (0.22, 0.40))
    _polygon(
        draw,
        edge,
        "#2f5d8a",
        (0.20, 0.38),
        (0.36, 0.38),
        (0.50, 0.45),
        (0.56, 0.87),
        (0.00, 0.87),
        (0.06, 0.45),
    )
    _polygon(draw, edge, "#e8dfc8", (0.22, 0.38), (0.34, 0.38), (0.28, 0.50))
    _polygon(draw, edge, "#234566", (0.11, 0.56), (0.135, 0.87), (0.115, 0.87))
    _polygon(draw, edge, "#234566", (0.45, 0.56), (0.445, 0.87), (0.425, 0.87))
    ellipse("#dba681", middle, 0.19, 0.115, 0.145)
    _polygon(draw, edge, "#3a2418", (0.16, 0.15), (0.19, 0.06), (0.30, 0.03), (0.38, 0.07), (0.40, 0.15), (0.30, 0.10))
    for side in (-1, 1):
        ellipse("#fbf7ee", middle + side * 0.045, 0.175, 0.021, 0.012)
        ellipse("#2b3a2a", middle + side * 0.045, 0.175, 0.010, 0.011)
    _polygon(draw, edge, "#b97f5e", (0.28, 0.18), (0.30, 0.235), (0.265, 0.235))
    draw.chord([edge * part for part in (0.235, 0.235, 0.325, 0.285)], 10, 170, fill="#9c3f38")
    image = image.resize((width, height), Image.Resampling.BOX)
    pixels = np.asarray(image, np.uint16)
    alpha = (pixels[..., 3:].astype(np.uint32) * 256 // 255).astype(np.uint16)
    return np.ascontiguousarray(pixels[..., :3]), alpha


def _box(draw: ImageDraw.ImageDraw, edge: int, fill: str, corners: tuple[float, ...]) -> None:
    draw.rectangle([edge * part for part in corners], fill=fill)


def _polygon(draw: ImageDraw.ImageDraw, edge: int, fill: str, *corners: tuple[float, float]) -> None:
    draw.polygon([(edge * x, edge * y) for x, y in corners], fill=fill)


def _draw_noise(size: PictureSize, deviation: float) -> NDArray[np.int16]:
    generator = np.random.Generator(np.random.PCG64(_SEED))
    return np.rint(generator.normal(0.0, deviation, (_NOISE_FIELDS, *size, 3))).astype(np.int16)


def _add_noise(pixels: Pixels, field: NDArray[np.int16], number: int) -> None:
    """Add one of few noise fields, shifted by the frame's number so that it does not repeat soon."""
    shift = (number * 37) % field.shape[1]
    split = field.shape[1] - shift
    for part, noise in ((pixels[shift:], field[:split]), (pixels[:shift], field[split:])):
        np.copyto(part, np.clip(part + noise, 0, 255), casting="unsafe")
