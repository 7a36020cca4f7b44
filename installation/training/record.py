"""Records facts about a training run for the report: its photos, its duration, the commit of its code."""

import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import torch

from installation.files import whole_file
from installation.training.recipe import Recipe

_SOURCES = "SOURCES.tsv"


class RunRecord(msgspec.Struct):
    """Facts about a training run.

    ``seconds`` is the time spent in training, over all resumed parts; ``licences`` is the number of photos under each
    licence.
    """

    commit: str
    seed: int
    teacher: str
    torch: str
    threads: int
    photos: int
    licences: dict[str, int]
    steps: int = 0
    seconds: float = 0.0

    @classmethod
    def begin(cls, path: Path, recipe: Recipe, photos: Sequence[Path], teacher: str) -> "RunRecord":
        """The record at ``path`` if the run is resumed, else a new one."""
        if path.is_file():
            return msgspec.json.decode(path.read_bytes(), type=cls)
        return cls(
            commit=_commit(),
            seed=recipe.schedule.seed,
            teacher=Path(teacher).name,
            torch=str(torch.__version__),
            threads=torch.get_num_threads(),
            photos=len(photos),
            licences=_licences(photos),
        )

    def write(self, path: Path) -> None:
        """Write the record to ``path``, whole or not at all."""
        with whole_file(path) as temporary:
            temporary.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n")


class Stopwatch:
    """Measures the time between laps."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def lap(self) -> float:
        """Seconds since the last lap, or since the start."""
        last, self._last = self._last, time.monotonic()
        return self._last - last


def _commit() -> str:
    """The commit of this code, with "-changed" if files of this folder differ from it; "unknown" without git."""
    command = ["git", "-C", str(Path(__file__).parent)]
    try:
        head = subprocess.run(
            [*command, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True, timeout=10
        )
        changed = subprocess.run([*command, "diff", "--quiet", "HEAD", "--", "."], check=False, timeout=10).returncode
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return head.stdout.strip() + ("-changed" if changed else "")


def _licences(photos: Sequence[Path]) -> dict[str, int]:
    """Number of photos under each licence, from the ``SOURCES.tsv`` beside them (columns ``file`` and ``licence``)."""
    known: dict[Path, str] = {}
    for folder in {photo.parent for photo in photos}:
        source = folder / _SOURCES
        if not source.is_file():
            continue
        head, *rows = (line.split("\t") for line in source.read_text("utf-8").splitlines())
        if "file" in head and "licence" in head:
            name, licence = head.index("file"), head.index("licence")
            known |= {folder / row[name]: row[licence] for row in rows if len(row) > max(name, licence)}
    counts = Counter(known.get(photo, "licence not noted").split(" (")[0] for photo in photos)
    return dict(counts.most_common())
