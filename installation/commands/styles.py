"""``art-installation styles``: the collection."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from installation.commands.numbers import check_range
from installation.commands.printing import print_json, print_table
from installation.commands.train_extra import CURE
from installation.errors import UsageError
from installation.files import whole_file
from installation.text.nearest import nearest

if TYPE_CHECKING:
    from PIL import Image

    from installation.collection import Collection, Style

MOST_SURPRISES = 1000


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``styles`` to the command line."""
    parser = subparsers.add_parser("styles", help="list, show, draw, check and add styles")
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--collection", type=Path, metavar="DIR", help="another collection than the one shipped")
    common.add_argument("--json", action="store_true", help="answer in JSON")

    listing = actions.add_parser("list", parents=[common], help="list all styles")
    listing.set_defaults(func=run_list)
    show = actions.add_parser("show", parents=[common], help="show one style, its licence and its source")
    show.add_argument("name", metavar="NAME", help="the style's name, as in styles list")
    show.set_defaults(func=run_show)
    sheet = actions.add_parser("sheet", parents=[common], help="draw a photo in every style, with titles")
    sheet.add_argument("photo", type=Path, metavar="PHOTO", help="the photo")
    sheet.add_argument(
        "-o", "--output", type=Path, default=Path("sheet.png"), metavar="FILE", help="picture to write (sheet.png)"
    )
    sheet.add_argument(
        "--surprises",
        type=int,
        metavar="N",
        help="draw the surprises 0 to N-1 instead, and name those that are poorer than their styles",
    )
    sheet.set_defaults(func=run_sheet)
    verify = actions.add_parser("verify", parents=[common], help="check the network and every style file")
    verify.set_defaults(func=run_verify)
    add = actions.add_parser(
        "add",
        parents=[common],
        help="fit a new style to a painting (workstation, extra 'train')",
        description="Fit a style vector to a painting; the network stays unchanged. Writes a style "
        "file, a preview and the page's tile into the collection.",
    )
    add.add_argument("painting", type=Path, metavar="PAINTING", help="a photo of the painting")
    add.add_argument("--name", metavar="NAME", help="name of the style (as the painting's file)")
    add.add_argument("--title", default="", metavar="TEXT", help="title of the painting (the name)")
    add.add_argument("--artist", default="", metavar="TEXT", help="who painted it")
    add.add_argument("--year", default="", metavar="TEXT", help="when it was painted")
    add.add_argument("--licence", default="", metavar="TEXT", help="licence of the style")
    add.add_argument(
        "--photos", type=Path, nargs="+", default=[], metavar="DIR", help="photos to paint (the bundled clip)"
    )
    add.add_argument("--perceptual", default="vgg19", metavar="vgg19|FILE.npz", help="the teacher (vgg19)")
    add.set_defaults(func=run_add)


def run_list(args: argparse.Namespace) -> int:
    """Print all styles."""
    collection = _collection(args)
    rows = [_described(collection[name]) for name in collection.names]
    if args.json:
        print_json(rows)
    else:
        keys = ("name", "title", "artist", "year")
        print_table(("Name", "Title", "Artist", "Year"), [[row[key] for key in keys] for row in rows])
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print one style."""
    collection = _collection(args)
    if args.name not in collection.names:
        raise UsageError(f"there is no style '{args.name}'; {nearest(args.name, collection.names)}")
    style = _described(collection[args.name])
    if args.json:
        print_json(style)
    else:
        print_table(("Key", "Value"), list(style.items()))
    return 0


def run_sheet(args: argparse.Namespace) -> int:
    """Draw the contact sheet."""
    from PIL import ImageOps

    from installation.camera.photo import WRITTEN, open_photo
    from installation.offline.contact_sheet import TILE, contact_sheet
    from installation.painter.still import StillPainter

    if args.output.suffix.lower() not in WRITTEN:
        raise UsageError(f"--output {args.output}: must end in {', '.join(WRITTEN)}")
    if args.surprises is not None:
        check_range("--surprises", args.surprises, 1, MOST_SURPRISES)
    collection = _collection(args)
    photo = ImageOps.fit(open_photo(args.photo, TILE), (TILE, TILE))
    if args.surprises is not None:
        return _surprise_sheet(args, collection, photo)
    painter = StillPainter(collection)
    picture = contact_sheet(
        [collection[name] for name in collection.names], lambda style: painter.paint(photo, {style.name: 1.0}, 1.0)
    )
    with whole_file(args.output) as temporary:
        picture.save(temporary)
    if args.json:
        print_json({"output": str(args.output), "styles": list(collection.names)})
    else:
        print(args.output)
    return 0


def _surprise_sheet(args: argparse.Namespace, collection: "Collection", photo: "Image.Image") -> int:
    """Draw surprises; exit status 1 when one of them is mud."""
    from installation.offline.contact_sheet import contact_sheet
    from installation.offline.surprises import Surprises

    surprises = Surprises(collection, photo)
    described = [surprises.described(seed) for seed in range(args.surprises)]
    picture = contact_sheet(described, lambda style: surprises.paint(int(style.name)), columns=min(10, args.surprises))
    with whole_file(args.output) as temporary:
        picture.save(temporary)
    if args.json:
        print_json({"output": str(args.output), "surprises": args.surprises, "mud": surprises.muddy})
    else:
        print(args.output)
    if surprises.muddy:
        print(f"poorer than their styles: {', '.join(map(str, surprises.muddy))}", file=sys.stderr)
    return 1 if surprises.muddy else 0


def run_verify(args: argparse.Namespace) -> int:
    """Check the whole collection; exit status 1 when something is wrong."""
    from installation.collection import shipped
    from installation.offline.verification import problems

    path = args.collection or shipped()
    found = problems(path)
    if args.json:
        print_json({"collection": str(path), "sound": not found, "problems": found})
    elif found:
        print("\n".join(found), file=sys.stderr)
    else:
        print(f"{path}: the network and all styles are sound")
    return 1 if found else 0


def run_add(args: argparse.Namespace) -> int:
    """Fit a style and write its file."""
    try:
        from installation.training.add_style import NewStyle, add_style
        from installation.training.export import OWN_LICENCE
        from installation.training.perceptual import load_perceptual
    except ImportError as error:
        raise UsageError(f"adding a style needs {error.name}; {CURE}") from None
    name = args.name or args.painting.stem.lower().replace("_", "-").replace(" ", "-")
    new = NewStyle(name, args.title or name, args.artist, args.year, args.licence or OWN_LICENCE)
    collection = _collection(args)
    teacher = load_perceptual(args.perceptual)
    style, preview, distance = add_style(
        args.painting, new, collection, teacher, args.photos, say=lambda line: print(line, file=sys.stderr)
    )
    if args.json:
        print_json({"style": str(style), "preview": str(preview), "distance": round(distance, 4)})
    else:
        print(f"{style}: style distance {distance:.3f}; look at {preview}")
    return 0


def _collection(args: argparse.Namespace) -> "Collection":
    from installation.collection import Collection

    return Collection.load(args.collection)


def _described(style: "Style") -> dict[str, str]:
    return {key: getattr(style, key) for key in ("name", "title", "artist", "year", "licence", "source")}
