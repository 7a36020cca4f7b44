"""How a process fared over a long time: samples in a CSV file, and what they say."""

import csv
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

KB: Final = 1024
SETTLED: Final = 0.25
"""Share of the course after which caches, pools and arenas are as large as they get."""


@dataclass(frozen=True)
class Sample:
    """One look at the process."""

    seconds: float
    frames: int
    rss_mb: float
    threads: int
    files: int
    """Open file descriptors."""
    p50_ms: float
    """Milliseconds of the processor for a frame, over the last thousands; likewise ``p99_ms``."""
    p99_ms: float
    wall_p50_ms: float
    """Milliseconds from picture to picture, likewise; a busy machine makes them longer."""
    wall_p99_ms: float

    @classmethod
    def of(cls, pid: int, seconds: float, frames: int, times: "np.ndarray") -> Self:
        """Look at a process now; ``times`` are the seconds of its last frames, as `Daemon.times` gives them."""
        process = Path(f"/proc/{pid}")
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        wall, cpu = (np.percentile(times[:, column], (50, 99)) * 1000 for column in (0, 1))
        return cls(
            seconds=round(seconds, 1),
            frames=frames,
            rss_mb=round(int(status["VmRSS"].split()[0]) / KB, 2),
            threads=int(status["Threads"]),
            files=len(list((process / "fd").iterdir())),
            p50_ms=round(float(cpu[0]), 3),
            p99_ms=round(float(cpu[1]), 3),
            wall_p50_ms=round(float(wall[0]), 3),
            wall_p99_ms=round(float(wall[1]), 3),
        )


class Course:
    """All samples, each written down at once: what was measured stays, however the run ends."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.samples: list[Sample] = []
        with file.open("w", encoding="ascii") as out:
            out.write(",".join(field.name for field in fields(Sample)) + "\n")

    def add(self, sample: Sample) -> None:
        """Note a sample."""
        self.samples.append(sample)
        with self._file.open("a", encoding="ascii") as out:
            out.write(",".join(map(str, astuple(sample))) + "\n")


def read(file: Path) -> list[Sample]:
    """The samples of a file."""
    with file.open(encoding="ascii") as lines:
        kinds = {field.name: int if field.type is int else float for field in fields(Sample)}
        found: list[dict[str, Any]] = [
            {name: kinds[name](value) for name, value in row.items()} for row in csv.DictReader(lines)
        ]
    return [Sample(**row) for row in found]


@dataclass(frozen=True)
class Verdict:
    """What the settled part of a course says; growth is that of the medians of its first and last third."""

    frames: int
    seconds: float
    rss_mb: float
    rss_growth: float
    rss_slope: float
    """MB for 100,000 frames, by least squares; tells something only over many frames."""
    threads_growth: float
    files_growth: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, samples: list[Sample]) -> Self:
        """Judge at least twelve samples."""
        settled = samples[int(SETTLED * len(samples)) :]
        table = {name: np.array([asdict(one)[name] for one in settled], float) for name in asdict(settled[0])}
        third = len(settled) // 3
        growth = {name: float(np.median(row[-third:]) - np.median(row[:third])) for name, row in table.items()}
        slope = float(np.polyfit(table["frames"], table["rss_mb"], 1)[0]) * 100_000
        return cls(
            frames=samples[-1].frames,
            seconds=samples[-1].seconds,
            rss_mb=float(np.median(table["rss_mb"])),
            rss_growth=growth["rss_mb"],
            rss_slope=slope,
            threads_growth=growth["threads"],
            files_growth=growth["files"],
            p50_ms=float(np.median(table["p50_ms"])),
            p99_ms=float(np.median(table["p99_ms"])),
        )
