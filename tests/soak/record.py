"""The soak's plot and table in docs: written by the run itself, or from its folder while it still runs.

``python -m tests.soak.record docs FOLDER`` writes both anew; the folder holds ``course.csv`` and ``happened.json``.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.soak.course import Sample, Verdict, read
from tests.table import Table, write_row

TABLE: Final = Table(
    "<!-- soak -->\n",
    "| time | frames | RSS, growth from the first third to the last, growth for 100,000 frames (1 MB) "
    "| threads and open files more (0) "
    "| p50 and p99 of a frame on the processor (at most twice) | what happened | test |\n"
    "| --- | ---: | --- | --- | --- | --- | --- |\n",
    "<!-- end of soak -->",
)
TEST: Final = "test_soak.py::test_a_year"
ROWS: Final = (
    ("rss_mb", "RSS, MB", "#1f5f8b"),
    ("threads", "threads", "#7a4e9c"),
    ("files", "open files", "#3a7d44"),
    ("p50_ms", "p50 of a frame, ms of the processor", "#b5651d"),
    ("p99_ms", "p99 of a frame, ms of the processor", "#b3261e"),
)
WIDTH: Final = 900
HEIGHT: Final = 120
LEFT: Final = 60
LONG: Final = 200_000
"""Frames from which on the growth for 100,000 is told from what comes and goes."""
POINTS: Final = 600
"""Most points of a line."""


def publish(docs: Path, run: Path) -> None:
    """Draw the plot into ``docs/soak.svg`` and write the row into ``docs/reliability.md``, from a run's folder."""
    samples = read(run / "course.csv")
    happened = json.loads((run / "happened.json").read_text())
    (docs / "soak.svg").write_text(plot(samples), encoding="utf-8")
    write_row(docs / "reliability.md", TABLE, TEST, row(Verdict.of(samples), happened))


def row(verdict: Verdict, happened: Mapping[str, int]) -> str:
    """The run's line in the table."""
    slope = f"{verdict.rss_slope:+.2f} MB" if verdict.frames >= LONG else "too few frames to tell"
    events = ", ".join(f"{what} {count}" for what, count in sorted(happened.items()))
    cells = (
        f"{verdict.seconds / 60:.0f} min",
        f"{verdict.frames:,}",
        f"{verdict.rss_mb:.0f} MB, {verdict.rss_growth:+.1f} MB, {slope}",
        f"{verdict.threads_growth:+.0f}, {verdict.files_growth:+.0f}",
        f"{verdict.p50_ms:.2f} ms, {verdict.p99_ms:.2f} ms",
        events,
        f"`{TEST}`",
    )
    return f"| {' | '.join(cells)} |\n"


def plot(samples: list[Sample]) -> str:
    """The course as an SVG: a row for each figure, over the frames."""
    kept = samples[:: max(1, len(samples) // POINTS)]
    last = max(1, kept[-1].frames)
    parts = []
    for number, (name, title, colour) in enumerate(ROWS):
        top = number * HEIGHT + 30
        values = [float(getattr(one, name)) for one in kept]
        highest = max(values) * 1.1 or 1.0
        points = " ".join(
            f"{LEFT + one.frames / last * (WIDTH - LEFT - 20):.1f},{top + (HEIGHT - 45) * (1 - value / highest):.1f}"
            for one, value in zip(kept, values, strict=True)
        )
        base = top + HEIGHT - 45
        parts += [
            f'<text x="{LEFT}" y="{top - 8}">{title}</text>',
            f'<text x="{LEFT - 6}" y="{top + 4}" text-anchor="end">{highest:.3g}</text>',
            f'<text x="{LEFT - 6}" y="{base}" text-anchor="end">0</text>',
            f'<path d="M{LEFT},{top} V{base} H{WIDTH - 20}" fill="none" stroke="#999"/>',
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.2"/>',
        ]
    height = len(ROWS) * HEIGHT + 25
    foot = f'<text x="{WIDTH - 20}" y="{height - 8}" text-anchor="end">{last:,} frames</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}{foot}</svg>\n'
    )


if __name__ == "__main__":
    publish(Path(sys.argv[1]), Path(sys.argv[2]))
