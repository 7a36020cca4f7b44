"""``art-installation stylize``: paint photos, folders and videos to files."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from installation.commands.numbers import check_range
from installation.commands.printing import print_json
from installation.errors import UsageError
from installation.text.nearest import nearest

if TYPE_CHECKING:
    from installation.collection import Collection
    from installation.offline.rendering import Rendering
    from installation.offline.stylize import Progress, Result

SMALLEST, LARGEST = 64, 8192


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``stylize`` to the command line."""
    parser = subparsers.add_parser("stylize", help="paint photos, folders and videos to files")
    parser.add_argument("inputs", nargs="+", type=Path, metavar="IN", help="photo, video or folder")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the results")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--style", metavar="NAME[,NAME…]", help="names of styles (the collection's first)")
    chosen.add_argument("--all-styles", action="store_true", help="every style of the collection, the photo itself too")
    chosen.add_argument("--mix", type=parse_mix, metavar="A=0.6,B=0.4", help="a blend of styles")
    parser.add_argument(
        "--strength", type=float, default=1.0, metavar="S", help="0 (the photo) to 1 (the full style; 1)"
    )
    parser.add_argument(
        "--size",
        type=int,
        default=512,
        metavar="N",
        help="longest edge of the results in pixels, up to 8192, or with --screen the cost class (512)",
    )
    wall = parser.add_argument_group("what a screen would show", "upright, as a visitor sees it")
    wall.add_argument("--screen", type=parse_screen, metavar="WxH", help="the screen's pixels, such as 1920x1080")
    wall.add_argument("--rotation", type=int, choices=(0, 90, 180, 270), help="degrees that the screen is turned")
    wall.add_argument("--caption", action="store_true", help="with the caption beside the painting")
    wall.add_argument("--no-mirror", action="store_true", help="leave left and right as they are")
    wall.add_argument("--config", type=Path, metavar="F", help="settings of the mirror (TOML)")
    parser.add_argument("--collection", type=Path, metavar="DIR", help="another collection than the one shipped")
    parser.add_argument("--replace", action="store_true", help="replace results of an earlier run")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Paint; exit status 1 when an input failed; the others are painted anyway."""
    check_range("--strength", args.strength, 0, 1)
    from installation.collection import Collection
    from installation.files import writable_folder
    from installation.offline.stylize import StylizeJob, gather

    rendering_of = _wall if args.screen else _fitted
    check_size(args)
    collection = Collection.load(args.collection)
    mixes = chosen_mixes(args, collection.names)
    looks = {look_name(mix, args.strength): partial(rendering_of, args, collection, mix) for mix in mixes}
    job = StylizeJob(looks, replace=args.replace)
    writable_folder(args.output)
    sources, results = gather(args.inputs)
    with _Bar(len(sources) * len(looks), quiet=args.json) as bar:
        results += job.run(sources, args.output, bar)
    _tell(results, as_json=args.json)
    return 1 if any(result.problem for result in results) else 0


def chosen_mixes(args: argparse.Namespace, names: Sequence[str]) -> list[Mapping[str, float]]:
    """The mixes to paint: one mix, or each style once. ``names`` are the collection's styles.

    Raises:
        UsageError: there is no such style.
    """
    chosen = names if args.all_styles else args.style.split(",") if args.style is not None else names[:1]
    mixes = [args.mix] if args.mix else [{name.strip(): 1.0} for name in dict.fromkeys(chosen)]
    unknown = next((name for mix in mixes for name in mix if name not in names), None)
    if unknown is not None:
        raise UsageError(f"there is no style '{unknown}'; {nearest(unknown, names)}")
    return mixes


def look_name(mix: Mapping[str, float], strength: float) -> str:
    """The part of a file's name for a mix: ``scream``, ``great-wave-60-scream-40``, ``scream-at-50``."""
    parts = [name if len(mix) == 1 else f"{name}-{round(100 * weight)}" for name, weight in mix.items()]
    return "-".join(parts) + ("" if strength == 1 else f"-at-{round(100 * strength)}")


def check_size(args: argparse.Namespace) -> None:
    """Refuse impossible sizes, and options that need ``--screen``.

    Raises:
        UsageError: one of these was given.
    """
    from installation.network.sizes import CLASSES

    if args.screen and args.size not in CLASSES:
        raise UsageError(f"--size {args.size}: with --screen it is a cost class: {', '.join(map(str, CLASSES))}")
    if not args.screen:
        check_range("--size", args.size, SMALLEST, LARGEST)
    options = {"--rotation": args.rotation is not None, "--caption": args.caption, "--no-mirror": args.no_mirror}
    lonely = next((name for name, given in {**options, "--config": args.config}.items() if given), None)
    if lonely and not args.screen:
        raise UsageError(f"{lonely} needs a screen; add --screen WxH")


def _fitted(args: argparse.Namespace, collection: "Collection", mix: Mapping[str, float]) -> "Rendering":
    from installation.offline.rendering import FittedRendering
    from installation.painter.still import StillPainter

    return FittedRendering(StillPainter(collection), mix, args.strength, args.size)


def _wall(args: argparse.Namespace, collection: "Collection", mix: Mapping[str, float]) -> "Rendering":
    from installation import settings as settings_module
    from installation.offline.wall import WallRendering

    settings = settings_module.load(args.config) if args.config else settings_module.Settings()
    changes = {"rotation": args.rotation, "mirror": False if args.no_mirror else None}
    settings = settings_module.with_groups(settings, display=changes)
    return WallRendering(collection, settings, args.screen, args.size, mix, args.strength, caption=args.caption)


def parse_screen(text: str) -> tuple[int, int]:
    """``1920x1080`` as width and height.

    Raises:
        argparse.ArgumentTypeError: malformed, or not a screen's size.
    """
    width, by, height = text.lower().replace("×", "x").partition("x")
    if by and width.isascii() and height.isascii() and width.isdigit() and height.isdigit():
        size = int(width[:6]), int(height[:6])
        if all(SMALLEST <= edge <= LARGEST for edge in size):
            return size
    raise argparse.ArgumentTypeError(f"'{text[:40]}' is no screen; write WxH, {SMALLEST} to {LARGEST} pixels each")


def parse_mix(text: str) -> Mapping[str, float]:
    """``A=0.6,B=0.4`` as weights that sum to 1.

    Raises:
        argparse.ArgumentTypeError: malformed, or no weight above 0.
    """
    from installation.errors import CommandError
    from installation.show import mix_text

    try:
        weights = mix_text.parse_mix(text)
    except CommandError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items() if weight > 0}


class _Bar:
    """Two progress bars on a terminal, for all results and for the frames or tiles of one; none elsewhere."""

    def __init__(self, results: int, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        # On stderr, because programs read stdout.
        console = Console(stderr=True)
        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=quiet or not console.is_terminal,
            transient=True,
        )
        self._all = self._bar.add_task("painting", total=results)
        self._one = self._bar.add_task("", total=None, visible=False)
        self._target: Path | None = None

    def __enter__(self) -> "Progress":
        self._bar.start()
        return self._hear

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _hear(self, target: Path, done: int, total: int) -> None:
        if target != self._target:
            self._bar.update(self._all, advance=0 if self._target is None else 1, description=target.name)
            self._bar.reset(self._one, total=None, visible=False, description="")
            self._target = target
        if total > 0:
            self._bar.update(self._one, completed=done, total=total, visible=True)


def _tell(results: "list[Result]", as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "source": str(r.source),
                    "look": r.look or None,
                    "output": str(r.output) if r.output else None,
                    "problem": r.problem or None,
                }
                for r in results
            ]
        )
        return
    for result in results:
        if result.problem:
            print(result.problem, file=sys.stderr)
        else:
            print(result.output)
    failed = sum(bool(result.problem) for result in results)
    if failed and len(results) > 1:
        print(f"{failed} of {len(results)} could not be painted; the others are done", file=sys.stderr)
