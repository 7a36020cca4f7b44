"""Paints photos, folders of photos and videos to files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from installation.camera.photo import open_photo
from installation.errors import InstallationError, MediaError
from installation.output import whole_file
from installation.still import StillPainter, fitting_size

PHOTOS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm"})
VIDEOS: Final = frozenset({".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg"})
_QUALITY: Final = {".jpg": 93, ".jpeg": 93, ".webp": 90}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one input; ``problem`` is empty when it went well."""

    source: Path
    output: Path | None
    problem: str = ""


Progress = Callable[[Path, int, int], None]
"""Hears a source, how much of it is done, and how much there is (0: unknown)."""


class StylizeJob:
    """Paints in one mix at one strength; ``longest`` is the longest edge of the results in pixels."""

    def __init__(self, painter: StillPainter, mix: Mapping[str, float], strength: float, longest: int) -> None:
        self._painter, self._mix, self._strength, self._longest = painter, mix, strength, longest

    def run(self, sources: Iterable[Path], folder: Path, progress: Progress) -> list[Result]:
        """Paint everything; what fails is told in its result, the rest is done all the same."""
        taken: set[Path] = set()
        results = []
        for source in sources:
            target = _target(source, folder, taken)
            try:
                self._paint(source, target, progress)
            except InstallationError as error:
                results.append(Result(source, None, str(error)))
            else:
                results.append(Result(source, target))
        return results

    def _paint(self, source: Path, target: Path, progress: Progress) -> None:
        progress(source, 0, 1)
        if source.suffix.lower() in VIDEOS:
            self._paint_video(source, target, progress)
        else:
            self._paint_photo(source, target)
            progress(source, 1, 1)

    def _paint_photo(self, source: Path, target: Path) -> None:
        photo = open_photo(source, self._longest)
        size = fitting_size(*photo.size, self._longest)
        photo = photo if photo.size == size else photo.resize(size, Image.Resampling.LANCZOS)
        picture = self._painter.paint(photo, self._mix, self._strength)
        with whole_file(target) as temporary:
            picture.save(temporary, quality=_QUALITY.get(target.suffix, 90))

    def _paint_video(self, source: Path, target: Path, progress: Progress) -> None:
        from installation.clip import paint_clip

        with whole_file(target) as temporary:
            paint_clip(
                source,
                temporary,
                self._longest,
                lambda pixels: self._painter.paint_pixels(pixels, self._mix, self._strength),
                lambda done, total: progress(source, done, total),
            )


def gather(inputs: Iterable[Path]) -> list[Path]:
    """Files as they are named, folders as the photos and videos in them.

    Raises:
        MediaError: an input is missing, or a folder holds nothing to paint.
    """
    sources: list[Path] = []
    for path in inputs:
        if path.is_dir():
            found = sorted(p for p in path.iterdir() if p.suffix.lower() in PHOTOS | VIDEOS and p.is_file())
            if not found:
                raise MediaError(f"{path}: holds no photo and no video; name another folder")
            sources.extend(found)
        elif path.exists():
            sources.append(path)
        else:
            raise MediaError(f"{path}: there is no such photo, video or folder; check the path")
    return sources


def _target(source: Path, folder: Path, taken: set[Path]) -> Path:
    """A name in ``folder`` that no earlier source has; never the source itself."""
    if source.suffix.lower() in VIDEOS:
        suffix = ".mp4"
    else:
        suffix = source.suffix.lower() if source.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"} else ".png"
    number = 1
    target = folder / f"{source.stem}{suffix}"
    while target in taken or target.resolve() == source.resolve():
        number += 1
        target = folder / f"{source.stem}-{number}{suffix}"
    taken.add(target)
    return target
