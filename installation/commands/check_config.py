"""``art-installation check-config``: is this settings file right?"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from installation.commands.printing import print_json
from installation.errors import UsageError

if TYPE_CHECKING:
    from installation.settings import Settings

WRONG_USE = 2


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``check-config`` to the command line."""
    parser = subparsers.add_parser("check-config", help="check a settings file, or print an example of all keys")
    parser.add_argument("file", type=Path, nargs="?", metavar="F", help="settings file (TOML)")
    parser.add_argument("--example", action="store_true", help="print a commented example with every key")
    parser.add_argument("--json", action="store_true", help="answer in JSON, with every value that holds")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Check or print; exit status 2 when the file is wrong, with a line for each error."""
    import msgspec

    from installation import settings as settings_module
    from installation.settings.example import example

    if args.example:
        print(example(), end="")
        return 0
    if args.file is None:
        raise UsageError("name a settings file, or ask for --example")
    found = settings_module.problems_of(args.file)
    for problem in found:
        print(f"art-installation: {args.file}: {problem}", file=sys.stderr)
    if found:
        return WRONG_USE
    settings = settings_module.load(args.file)
    for problem in (*_wrong_words(settings), *_unknown_styles(settings)):
        print(f"art-installation: {args.file}: {problem}", file=sys.stderr)
        found.append(problem)
    if found:
        return WRONG_USE
    if args.json:
        print_json(msgspec.to_builtins(settings))
    else:
        print(f"{args.file}: all settings are right")
    return 0


def _wrong_words(settings: "Settings") -> list[str]:
    """What is wrong in the gallery's own words; nothing where their file is not on this machine."""
    from installation.display.words import words
    from installation.errors import SettingsError
    from installation.paths import from_person

    language = settings.display.language
    if language.endswith(".toml") and not from_person(language).exists():
        print(f"note: display.language: {language} is not on this machine, and was not checked", file=sys.stderr)
        return []
    try:
        words(language)
    except SettingsError as error:
        return [str(error)]
    return []


def _unknown_styles(settings: "Settings") -> list[str]:
    """A sentence for each style name that the collection lacks; none where there is no collection to ask yet."""
    from installation.collection import Collection
    from installation.errors import InstallationError
    from installation.paths import collection_folder
    from installation.text.nearest import nearest

    try:
        names = Collection.load(collection_folder(settings.paths.collection)).names
    except InstallationError:  # doctor and styles verify tell what is wrong with it
        return []
    show, buttons = settings.show, settings.buttons
    named = [("show.style", show.style)] if show.style else []
    named += [("show.styles", name) for name in show.styles]
    named += [("show.strengths", name) for name in show.strengths]
    named += [(f"show.playlist[{i}].styles", name) for i, day in enumerate(show.playlist) for name in day.styles]
    named += [("buttons.styles", name) for name in buttons.styles.values()]
    return [f"{key}: there is no style '{name}'; {nearest(name, names)}" for key, name in named if name not in names]
