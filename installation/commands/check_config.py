"""``art-installation check-config``: is this settings file right?"""

import argparse
import sys
from pathlib import Path

from installation.commands.printing import print_json
from installation.errors import UsageError

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
    if args.json:
        print_json(msgspec.to_builtins(settings))
    else:
        print(f"{args.file}: all settings are right")
    return 0
