"""Cameras: every source of frames, chosen by one line of text such as ``webcam:0``."""

from pathlib import Path

from installation.camera.base import Camera
from installation.errors import UsageError
from installation.frame import PictureSize, edges
from installation.paths import from_person
from installation.settings import CameraSettings

__all__ = ["Camera", "bundled_clip", "make_camera"]

_KINDS = "auto, picamera, webcam, webcam:N, video:PATH, stills:DIR, synthetic or plugin:NAME"
_MOST_DEVICES = 1024


def make_camera(  # noqa: PLR0911 - one return a kind
    source: str, settings: CameraSettings, size: int | PictureSize, *, paced: bool = True
) -> Camera:
    """Return the camera that ``source`` (as in ``--camera``) names, not yet opened.

    ``size`` is the height and width of its frames, or the edge of square ones. Unless ``paced``, clips, stills
    and the drawn scene give frames as fast as they are read.

    Raises:
        UsageError: the source is malformed.
    """
    kind, colon, rest = source.partition(":")
    if "\0" in source or (colon and not rest):
        raise _malformed(source)
    size = edges(size)
    # Each kind's module, and the library behind it, is loaded only where it is used.
    match kind, rest:
        case "auto", "":
            from installation.camera.auto import AutoCamera

            return AutoCamera(settings, size)
        case "picamera", "":
            from installation.camera.picamera import PiCamera

            return PiCamera(settings, size)
        case "webcam", _:
            from installation.camera.webcam import Webcam

            return Webcam(_device_number(source, rest) if colon else None, settings, size)
        case "video", path if path:
            from installation.camera.video import VideoCamera

            return VideoCamera(from_person(path), size, paced=paced)
        case "stills", path if path:
            from installation.camera.stills import StillsCamera

            return StillsCamera(from_person(path), size, settings.fps, paced=paced)
        case "plugin", name if name:
            from installation.plugins import factory

            name, _, argument = name.partition(":")
            camera: Camera = factory("cameras", name)(argument, settings, size)
            return camera
        case "synthetic", "":
            from installation.camera.synthetic import SyntheticCamera

            return SyntheticCamera(size, settings.fps, paced=paced)
    raise _malformed(source)


def bundled_clip() -> Path:
    """Return the shipped clip of people."""
    return Path(__file__).with_name("clips") / "pedestrians.mp4"


def _device_number(source: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) < _MOST_DEVICES):
        raise _malformed(source)
    return int(text)


def _malformed(source: str) -> UsageError:
    return UsageError(f"camera {source[:80]!r} is not a source; use {_KINDS}")
