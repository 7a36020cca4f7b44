"""Which of a camera's picture sizes to request. Sizes here are ``(width, height)``, as drivers name them."""

from typing import Final

from installation.frame import PictureSize
from installation.settings import CameraSettings

COMMON: Final = ((640, 360), (640, 480), (800, 600), (1280, 720), (1280, 960), (1920, 1080))
"""Sizes that most webcams support, the cheapest first; a driver that lacks one gives its nearest."""
_ENOUGH: Final = 0.9
"""A camera's picture may be this much smaller than the painted one; the difference does not show in the paint."""


def mode(settings: CameraSettings, size: PictureSize) -> tuple[int, int]:
    """The size to request for pictures of ``size`` (height, width): as set, or the smallest that is large enough."""
    height, width = size
    if settings.width != "auto":
        return settings.width, settings.height if settings.height != "auto" else _even(settings.width * height / width)
    if settings.height != "auto":
        return _even(settings.height * width / height), settings.height
    return next((common for common in COMMON if _fills(common, width, height)), COMMON[-1])


def _fills(camera: tuple[int, int], width: int, height: int) -> bool:
    """Whether the part of the camera's picture that has the painted picture's shape has enough pixels."""
    return min(camera[0] / width, camera[1] / height) >= _ENOUGH


def _even(edge: float) -> int:
    return round(edge / 2) * 2
