"""Prepares a picture for a screen while it is small: crops, flips, rotates, brightens and sharpens, in own buffers."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from installation.display.geometry import Rect, Rotation
from installation.frame import Pixels

_TURNS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


_BLUR: Final = 1.0
"""Standard deviation of the Gaussian of the unsharp mask, in pixels of the picture."""
_AMOUNT: Final = 2.5
"""How often the unsharp mask adds what the Gaussian takes away, at full strength."""
_CRISP, _SOFT, _SOFTEST = 1.4, 3.0, 0.8
"""A picture that is enlarged more than `_CRISP` times is softened first, most (σ `_SOFTEST`) from `_SOFT` times on.

The network gives the same colour to cells of two pixels: enlarged more, they would show as squares.
"""


class Preparation:
    """Prepares pictures for one screen.

    ``mirror`` flips left and right, ``rotation`` turns clockwise, ``gain`` multiplies. ``sharpening`` (0…1) is the
    strength of an unsharp mask, which makes up for what is lost when the picture is enlarged; 0 leaves it as it is.
    """

    def __init__(self, *, mirror: bool, rotation: Rotation = 0, gain: float = 1.0, sharpening: float = 0.0) -> None:
        self.gain = gain
        self._sharpening = sharpening * _AMOUNT
        self._mirror = mirror
        self._rotation = rotation
        self._buffers: dict[str, NDArray[np.uint8]] = {}

    def prepared(self, picture: Pixels, source: Rect, enlargement: float = 1.0) -> Pixels:
        """The part ``source`` of a picture, prepared, in a buffer that the next call overwrites.

        ``enlargement`` is the factor by which the screen will show it larger.
        """
        x, y, width, height = source
        seen = picture[y : y + height, x : x + width]
        if self._mirror:
            flipped = self._room("flipped", seen.shape)
            cv2.flip(seen, 1, dst=flipped)
            seen = flipped
        if self._rotation:
            lies = self._rotation != 180
            turned = self._room("turned", (width, height, 3) if lies else (height, width, 3))
            cv2.rotate(seen, _TURNS[self._rotation], dst=turned)
            seen = turned
        if self.gain != 1.0:
            bright = self._room("bright", seen.shape)
            cv2.convertScaleAbs(seen, dst=bright, alpha=self.gain)
            seen = bright
        if self._sharpening:
            softness = softening(enlargement)
            if softness:
                soft = self._room("soft", seen.shape)
                cv2.GaussianBlur(seen, (0, 0), softness, dst=soft)
                seen = soft
            blurred, crisp = self._room("blurred", seen.shape), self._room("crisp", seen.shape)
            cv2.GaussianBlur(seen, (0, 0), _BLUR + softness, dst=blurred)
            cv2.addWeighted(seen, 1 + self._sharpening, blurred, -self._sharpening, 0, dst=crisp)
            seen = crisp
        return seen

    def enlarged(self, picture: Pixels, width: int, height: int) -> Pixels:
        """The picture at a larger size, by cubic interpolation, in a buffer that the next call overwrites."""
        room = self._room("enlarged", (height, width, 3))
        cv2.resize(picture, (width, height), dst=room, interpolation=method(picture, (width, height)))
        return room

    def recoloured(self, picture: Pixels, conversion: int) -> NDArray[np.uint8]:
        """The picture with four bytes per pixel, in the order of OpenCV's ``conversion``."""
        room = self._room("recoloured", (*picture.shape[:2], 4))
        cv2.cvtColor(picture, conversion, dst=room)
        return room

    def _room(self, name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        known = self._buffers.get(name)
        if known is None or known.shape != shape:
            known = self._buffers[name] = np.empty(shape, np.uint8)
        return known


def softening(enlargement: float) -> float:
    """Standard deviation of the Gaussian that softens a picture before it is enlarged so many times, in its pixels."""
    softness = _SOFTEST * min(1.0, (enlargement - _CRISP) / (_SOFT - _CRISP))
    return softness if softness > 0.2 else 0.0  # a narrower Gaussian changes nothing


def method(picture: NDArray[np.uint8], size: tuple[int, int]) -> int:
    """OpenCV's interpolation for scaling to ``size`` (width, height): cubic up, area down."""
    return cv2.INTER_CUBIC if size[0] >= picture.shape[1] else cv2.INTER_AREA
