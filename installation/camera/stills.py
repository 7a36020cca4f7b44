"""A folder of photos as a camera: each photo is shown for a while with a slow pan, so that the picture moves."""

import logging
import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from installation.camera.base import Buffers
from installation.camera.pace import Pace
from installation.camera.photo import SUFFIXES, open_photo
from installation.errors import CameraError, CameraMissing, EndOfStream, MediaError
from installation.frame import Frame, PictureSize, edges

_MOST_PHOTOS = 10_000
_SPARE = 1.25
"""Photos are kept this much larger than shown, so that the pan stays sharp."""
_ZOOM = 0.85
"""The part of a photo's largest fitting crop that is seen at once; the rest is the length of the pan."""

_log = logging.getLogger(__name__)


class StillsCamera:
    """Shows the photos of a folder in the order of their names, or one photo; reads the folder again for each round.

    Photos that cannot be read are skipped and logged.
    """

    def __init__(
        self,
        path: Path,
        size: int | PictureSize,
        fps: float,
        *,
        seconds: float = 6.0,
        loop: bool = True,
        paced: bool = True,
    ) -> None:
        self.name = f"stills {path.name or path}"
        self.hung = False
        self._path = path
        self._size = edges(size)
        self._fps = fps
        self._frames_each = max(1, round(seconds * fps))
        self._loop = loop
        self._paced = paced
        self._pace = Pace()
        self._buffers = Buffers(size)
        self._photos: Iterator[Path] = iter(())
        self._skipped: set[Path] = set()
        self._shown: Image.Image | None = None
        self._shown_of_round = 0
        self._sequence = 0
        self._open = False

    def open(self) -> None:
        """List the folder and read the first photo.

        Raises:
            CameraMissing: there is no such folder, or no photo in it.
        """
        self.close()
        self._open = True
        self._sequence = 0
        self._pace.restart()
        self._start_round()
        try:
            self._shown = self._next_photo()
        except CameraError:
            self.close()
            raise

    def read(self) -> Frame:
        """Return the next frame of the pan when it is due."""
        moment = self._sequence % self._frames_each
        if not self._open:
            raise CameraError(f"{self._path}: is not open")
        if moment == 0 and self._sequence > 0:
            self._shown = self._next_photo()
        photo = self._shown
        if photo is None:
            raise CameraError(f"{self._path}: no photo is shown")
        height, width = self._size
        box = _view(photo.size, width / height, moment / self._frames_each, self._sequence // self._frames_each)
        start = time.perf_counter()
        view = photo.resize((width, height), Image.Resampling.BILINEAR, box=box)
        pixels = self._buffers.next()
        np.copyto(pixels, np.asarray(view))
        scaling = time.perf_counter() - start
        if self._paced:
            self._pace.wait(self._sequence / self._fps)
        self._sequence += 1
        return Frame(pixels, time.monotonic(), self._sequence - 1, scaling)

    def resize(self, size: PictureSize) -> None:
        """Show the photos at another size; the current one may be a little soft until the next."""
        self._size, self._buffers = size, Buffers(size)

    def close(self) -> None:
        """Forget the photo shown."""
        self._open = False
        self._shown = None

    def _start_round(self) -> None:
        self._shown_of_round = 0
        self._photos = iter(_photos(self._path))

    def _next_photo(self) -> Image.Image:
        while True:
            for path in self._photos:
                try:
                    photo = open_photo(path, round(max(self._size) * _SPARE / _ZOOM))
                except MediaError as error:
                    if path not in self._skipped:
                        _log.warning("%s; it is skipped", error)
                        self._skipped.add(path)
                    continue
                self._shown_of_round += 1
                return photo
            if self._shown_of_round == 0:
                raise CameraMissing(f"{self._path}: holds no photo that can be read; put JPEG or PNG files there")
            if not self._loop:
                raise EndOfStream(f"{self._path}: all photos were shown")
            self._start_round()


def _photos(path: Path) -> list[Path]:
    """Return the photos at a path, by name."""
    if path.is_file():
        return [path]
    try:
        found = sorted(entry for entry in path.iterdir() if entry.suffix.lower() in SUFFIXES and entry.is_file())
    except FileNotFoundError:
        raise CameraMissing(f"{path}: there is no such folder; check the path after 'stills:'") from None
    except OSError as error:
        raise CameraMissing(f"{path}: cannot be looked into ({error.strerror}); check its permissions") from None
    if not found:
        raise CameraMissing(f"{path}: holds no photos; put JPEG or PNG files there")
    return found[:_MOST_PHOTOS]


def _view(size: tuple[int, int], aspect: float, progress: float, number: int) -> tuple[float, float, float, float]:
    """Return the visible part at a moment (0…1) of the pan: left, top, right, bottom in the photo's pixels.

    Its width is ``aspect`` times its height. It moves across the middle with ease-in and ease-out; every other photo
    pans in the opposite direction.
    """
    left, top, right, bottom = cover(size, aspect)
    width, height = right - left, bottom - top
    swing = math.cos(math.pi * progress) * (1 if number % 2 else -1) / 2
    left += width * (1 - _ZOOM) * (0.5 + swing)
    top += height * (1 - _ZOOM) * (0.5 + 0.5 * swing)
    return left, top, left + width * _ZOOM, top + height * _ZOOM


def cover(size: tuple[int, int], aspect: float) -> tuple[float, float, float, float]:
    """Return the largest middle part of a photo of ``size`` (width, height) whose width is ``aspect`` times its height.

    That is left, top, right and bottom, in the photo's pixels.
    """
    width, height = size
    seen_width, seen_height = min(width, height * aspect), min(height, width / aspect)
    left, top = (width - seen_width) / 2, (height - seen_height) / 2
    return left, top, left + seen_width, top + seen_height
