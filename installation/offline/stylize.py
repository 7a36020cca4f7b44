"""Paints photos, folders of photos and videos to files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from installation.camera import photo
from installation.errors import InstallationError, MediaError, OutputError
from installation.files import whole_file
from installation.offline.clip import paint_clip
from installation.offline.rendering import Rendering

VIDEOS: Final = frozenset({".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg"})
_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    ".jpg": {"quality": 93, "subsampling": 0},
    ".jpeg": {"quality": 93, "subsampling": 0},
    ".webp": {"quality": 90},
    ".png": {},
}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one input in one look; ``problem`` is empty when it went well."""

    source: Path
    output: Path | None
    problem: str = ""
    look: str = ""


Progress = Callable[[Path, int, int], None]
"""Hears the file that is being made, how much of it is done, and how much there is (0: unknown)."""


class StylizeJob:
    """Renders photos and videos to files.

    Args:
        looks: what makes a rendering, by the name of the look, which becomes part of the results' names.
        replace: whether results of an earlier run may be replaced.
    """

    def __init__(self, looks: Mapping[str, Callable[[], Rendering]], *, replace: bool = False) -> None:
        self._looks = looks
        self._replace = replace

    def run(self, sources: Sequence[Path], folder: Path, progress: Progress) -> list[Result]:
        """Paint everything into ``folder``; what fails is told in its result, the rest is done all the same."""
        names = _Names(sources, folder)
        results = []
        for look, make in self._looks.items():
            rendering = make()
            for source in sources:
                target = names.target(source, look)
                try:
                    self._paint(rendering, source, target, progress)
                except InstallationError as error:
                    results.append(Result(source, None, str(error), look))
                else:
                    results.append(Result(source, target, look=look))
        return results

    def _paint(self, rendering: Rendering, source: Path, target: Path, progress: Progress) -> None:
        def hear(done: int, total: int) -> None:
            progress(target, done, total)

        hear(0, 0)
        if target.exists() and not self._replace:
            raise OutputError(f"{target}: is there already; choose another folder, or add --replace")
        if not _is_video(source):
            picture = rendering.photo(source, hear)
            with whole_file(target) as temporary:
                picture.save(temporary, **_OPTIONS[target.suffix])
            return
        frames = rendering.clip(source)
        with whole_file(target) as temporary:
            paint_clip(source, temporary, frames, hear)


def gather(inputs: Iterable[Path]) -> tuple[list[Path], list[Result]]:
    """What to paint: files as they are named, folders as the photos and videos in them; and what cannot be.

    Each source comes once, however often it is named.
    """
    sources: dict[Path, None] = {}
    failed = []
    for path in inputs:
        try:
            sources.update(dict.fromkeys(_found(path)))
        except MediaError as error:
            failed.append(Result(path, None, str(error)))
    return list(sources), failed


def _found(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            path.stat()
            return [path]
        found = sorted(file for file in path.iterdir() if _is_wanted(file))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise MediaError(f"{path}: there is no such photo, video or folder ({reason}); check the path") from None
    if not found:
        raise MediaError(f"{path}: holds no photo and no video; name another folder")
    return found


def _is_wanted(file: Path) -> bool:
    return file.suffix.lower() in photo.SUFFIXES | VIDEOS and not file.name.startswith(".") and file.is_file()


def _is_video(source: Path) -> bool:
    return source.suffix.lower() in VIDEOS


class _Names:
    """Names for results in ``folder``: one for each source and look, none of which is a source itself."""

    def __init__(self, sources: Iterable[Path], folder: Path) -> None:
        self._folder = folder
        self._taken = {source.resolve() for source in sources}

    def target(self, source: Path, look: str) -> Path:
        suffix = source.suffix.lower()
        ending = ".mp4" if _is_video(source) else suffix if suffix in photo.WRITTEN else ".png"
        stem = f"{source.stem}-{look}"
        number, target = 1, self._folder / f"{stem}{ending}"
        while target.resolve() in self._taken:
            number += 1
            target = self._folder / f"{stem}-{number}{ending}"
        self._taken.add(target.resolve())
        return target
