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
    """Outcome for one source and one look. ``problem`` says what went wrong; it is empty on success."""

    source: Path
    output: Path | None
    problem: str = ""
    look: str = ""


Progress = Callable[[Path, int, int], None]
"""Called with the file being written, the number of its steps done and the number of all steps (0: unknown)."""


class StylizeJob:
    """Renders photos and videos to files.

    Args:
        looks: for the name of each look, the function that makes its rendering. The name becomes part of the results'
            file names.
        replace: whether existing result files may be replaced.
    """

    def __init__(self, looks: Mapping[str, Callable[[], Rendering]], *, replace: bool = False) -> None:
        self._looks = looks
        self._replace = replace

    def run(self, sources: Sequence[Path], folder: Path, progress: Progress) -> list[Result]:
        """Render every source in every look into ``folder``. A failure is reported in its result; the others go on."""
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
    """Find what to render: each named file, and the photos and videos directly in each named folder.

    Returns the sources, each once even if it is named more often, and a failed result for each input that is missing,
    unreadable or an empty folder.
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
    """Names the results in ``folder``: a different name for each source and look, never that of a source."""

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
