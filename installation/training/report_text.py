"""Writes the text and the tables of the report."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from installation.training.figures import PAINTING, STRENGTHS, Measured
from installation.training.metrics import Quality, Steadiness, overall
from installation.training.wall import WallFigures


def report_text(measured: Measured, training: Path, sheets: Sequence[Path]) -> str:
    """The whole report in Markdown; the folder ``training`` may hold ``run.json`` and ``search.json``."""
    sections = [
        _opening(measured),
        _wall(measured),
        _quality(measured),
        _judged(measured),
        _trade_off(measured),
        _steadiness(measured),
        _quantisation(measured),
        _strength(measured),
        _speed(measured),
        _styles(measured),
        _sheets(sheets),
        _search(training / "search.json"),
        _training(training / "run.json"),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _verdict(value: float, limit: float, least: bool = False) -> str:
    met = value >= limit if least else value <= limit
    return f"{'≥' if least else '≤'} {limit:g}: {'met' if met else 'not met'}"


def _opening(measured: Measured) -> str:
    return (
        "# What the network was measured to do\n\n"
        "Written by `python -m installation.training.report`, not by hand. "
        f"{measured.photos} photos that were not trained on, {len(measured.recipe.styles)} paintings, strength 1, "
        f"512×512, unless said otherwise; network file {measured.bytes:,} bytes. Distances are defined in "
        "`installation/training/perceptual.py`, the others in `metrics.py`. Smaller is nearer, but for SSIM."
    )


def _wall(measured: Measured) -> str:
    wall = measured.wall
    if wall is None:
        return ""
    mean = WallFigures(*np.mean([(f.sharpness, f.tone, f.fine) for f in wall.ours], 0).tolist())
    rows = [
        ("ours, class 512", *_shares(mean), f"{wall.milliseconds['ours']:.1f}"),
        *((name, *_shares(figures), f"{wall.milliseconds[name]:.1f}") for name, figures in wall.peers.items()),
        (
            "target",
            _verdict(mean.sharpness, 0.8, least=True),
            _verdict(mean.tone, 0.9, least=True),
            _verdict(mean.fine, 0.6, least=True),
            "",
        ),
    ]
    each = [
        (style.title, *_shares(figures), f"{faces:.0%}")
        for style, figures, faces in zip(measured.recipe.styles, wall.ours, wall.faces, strict=True)
    ]
    worst = min(wall.faces)
    return (
        "## On the wall\n\nWhat a screen of 1920×1080 shows of held-out portraits, looked at with 960×540 pixels, "
        "beside the painting fitted to the same size (its figures are 1): mean gradient of luma (sharpness), deviation "
        "of luma (tone), deviation of what a blur of σ 1.5 takes away (fine). Milliseconds of a picture on one "
        "thread. Magenta's network takes one size only, 384×384; its picture is scaled as its package does it.\n\n"
        + _table(("painter", "sharpness", "tone", "fine", "ms"), rows)
        + f"\n\nA face detector finds {float(np.mean(wall.faces)):.0%} of {wall.portraits} held-out faces again in the "
        f"pictures ({_verdict(float(np.mean(wall.faces)), 0.94, least=True)}), in the worst style {worst:.0%} "
        f"({_verdict(worst, 0.89, least=True)}).\n\n"
        + _table(("painting", "sharpness", "tone", "fine", "faces found again"), each)
    )


def _shares(figures: WallFigures) -> tuple[str, str, str]:
    return f"{figures.sharpness:.2f}", f"{figures.tone:.2f}", f"{figures.fine:.2f}"


def _quality(measured: Measured) -> str:
    return "## Picture\n\n" + _compared(measured.quality, (0.45, 0.75, 1.05))


def _judged(measured: Measured) -> str:
    if not measured.judged:
        return ""
    return (
        "Judged by EfficientNet-Lite0, against which neither network was trained; distances are computed as above "
        "from its features at ½, ¼, ⅛ and 1/16 of the picture:\n\n" + _compared(measured.judged, (0.65, 0.75, 1.05))
    )


def _compared(quality: dict[str, list[Quality]], targets: tuple[float, float, float]) -> str:
    """A table of the first painter's and the second's quality, their ratios and the ``targets`` of these."""
    ours, magenta = (overall(rows) for rows in quality.values())
    ratios = (ours.style / magenta.style, ours.content / magenta.content, ours.ssim / magenta.ssim)
    style, content, similar = targets
    rows = [
        *((name, *_figures(overall(rows))) for name, rows in quality.items()),
        ("ratio", *(f"{ratio:.2f}" for ratio in ratios)),
        ("target", _verdict(ratios[0], style), _verdict(ratios[1], content), _verdict(ratios[2], similar, least=True)),
    ]
    return _table(("painter", "style distance", "content distance", "SSIM to the photo"), rows)


def _trade_off(measured: Measured) -> str:
    head = ("strength", *(f"{name}: style / content / SSIM" for name in measured.trade_off))
    rows = [
        (f"{strength:g}", *(" / ".join(_figures(q)) for q in row))
        for strength, *row in zip(PAINTING, *measured.trade_off.values(), strict=True)
    ]
    return "What style costs in content, 2 photos × all styles, by strength:\n\n" + _table(head, rows)


def _figures(q: Quality) -> tuple[str, str, str]:
    return f"{q.style:.3f}", f"{q.content:.3f}", f"{q.ssim:.3f}"


def _steadiness(measured: Measured) -> str:
    def row(name: str, s: Steadiness) -> tuple[str, ...]:
        return name, f"{s.noise_gain:.2f}", f"{s.pan:.3f}", f"{s.warp:.3f}"

    ours = next(iter(measured.steadiness.values()))
    off, on = measured.still[0.0], measured.still[0.6]
    return (
        "## Steadiness\n\n4 photos × all styles (for the 26-style network, as many of its own).\n\n"
        + _table(
            ("painter", "noise gain (σ 4/255)", "pan error (3 pixels)", "warping error (zoom 0.97, turned 1.7°)"),
            [
                *(row(name, s) for name, s in measured.steadiness.items()),
                ("target", _verdict(ours.noise_gain, 0.4), _verdict(ours.pan, 0.035), "none"),
            ],
        )
        + "\n\nA scene that rests, seen with noise of σ 4/255 through the whole daemon: successive pictures differ by "
        f"{off:.2f}/255 with the camera's filter off, by {on:.2f}/255 with it at its default (mean over all styles)."
    )


def _quantisation(measured: Measured) -> str:
    mean, worst = float(np.mean(measured.fidelity)), min(measured.fidelity)
    name = measured.recipe.styles[measured.fidelity.index(worst)].name
    return (
        "## Quantisation\n\nThe INT4 file beside the float32 network that it was made from, same style vectors: "
        f"SSIM {mean:.3f} on average ({_verdict(mean, 0.95, least=True)}), worst style {worst:.3f} ({name}; "
        f"{_verdict(worst, 0.9, least=True)})."
    )


def _strength(measured: Measured) -> str:
    curve = np.mean(measured.curves, 0)
    falling = sum(all(np.diff(c) < 0) for c in measured.curves)
    return (
        "## Strength and mixing\n\nSSIM to the photo by strength (4 photos × all styles): "
        + ", ".join(f"{s:g}: {value:.3f}" for s, value in zip(STRENGTHS, curve, strict=True))
        + f". It falls at every step in {falling} of {len(measured.curves)} styles. A 50/50 mix is nearer to both of "
        f"its styles than either is to the other in {measured.mixes:.0%} of 2 photos × {len(measured.curves)} pairs."
    )


def _speed(measured: Measured) -> str:
    rows = []
    for size, table in measured.speed.items():
        best = min((r for r in table.rows if r.verdict == "ok" and r.frames), key=lambda r: r.median_ms)
        peer, ratio = table.peer, table.ratio
        rows.append(
            (
                f"{size}×{size}",
                f"{best.median_ms:.2f}",
                f"{best.runtime} {best.version}, {best.weights}",
                f"{peer.median_ms:.1f}" if peer else "–",
                f"{ratio:.0f}×" if ratio else "–",
            )
        )
    sizes = ", ".join(f"{name} {count / 1024:,.0f} KB" for name, count in measured.peers.items())
    return (
        "## Speed and size\n\nMedian of a frame on one thread, the two networks in turn in one run.\n\n"
        + _table(("picture", "ours (ms)", "by", "26-style network (ms)", "ratio"), rows)
        + f"\n\nFiles: ours {measured.bytes / 1024:.1f} KB for all styles (a style vector "
        f"is {measured.recipe.architecture.style_length} numbers); {sizes}."
    )


def _styles(measured: Measured) -> str:
    rows = [
        (style.title, style.artist, *_figures(own), f"{peer.style:.3f}", f"{fidelity:.3f}")
        for style, own, peer, fidelity in zip(
            measured.recipe.styles, *measured.quality.values(), measured.fidelity, strict=True
        )
    ]
    head = ("painting", "artist", "style", "content", "SSIM", "Magenta's style", "INT4 against float32")
    return "## Each style\n\n" + _table(head, rows)


def _sheets(sheets: Sequence[Path]) -> str:
    lines = "\n\n".join(f"![{path.stem}]({path.as_posix()})" for path in sheets)
    return f"## Contact sheets\n\nThe photo first, then every style, then strength 0.\n\n{lines}" if lines else ""


def _search(path: Path) -> str:
    if not path.is_file():
        return ""
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    columns = ("name", "weights", "style", "content", "ssim", "noise_gain", "pan", "bytes", "ms")
    head = ("architecture", "weights", "style", "content", "SSIM", "noise gain", "pan", "bytes", "ms")
    rows = [[row.get(column, "–") for column in columns] for row in found]
    notes = path.with_name("search.md")
    return (
        "## What else was tried\n\n"
        + (notes.read_text("utf-8").strip() + "\n\n" if notes.is_file() else "")
        + _table(head, rows)
    )


def _training(path: Path) -> str:
    if not path.is_file():
        return ""
    run: dict[str, Any] = json.loads(path.read_text("utf-8"))
    licences = ", ".join(f"{count} × {name}" for name, count in run["licences"].items())
    return (
        "## How it was trained\n\n"
        f"`art-installation train` with `installation/training/recipe.toml` at commit {run['commit']}, seed "
        f"{run['seed']}: {run['steps']:,} steps in {run['seconds'] / 60:.0f} minutes on {run['threads']} threads, "
        f"PyTorch {run['torch']}, teacher {run['teacher']}. {run['photos']} photos"
        f"{f' ({licences})' if licences else ''}, and the recipe's paintings, all in the public domain. "
        "Photos whose names hash to 0 modulo 32 were held out."
    )
