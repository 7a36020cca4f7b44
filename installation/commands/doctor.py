"""``art-installation doctor``: what is wrong with this installation, and how to repair it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from installation.commands import full_examination
from installation.commands.printing import print_json

if TYPE_CHECKING:
    from installation.doctor.check import Check

DEPLOYED: Final = Path("/etc/art-installation/settings.toml")
_COLOURS: Final = {"ok": "green", "note": "yellow", "bad": "bold red", "skipped": "dim"}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``doctor`` to the command line."""
    parser = subparsers.add_parser("doctor", help="check this device, and name the cure for each problem")
    parser.add_argument("--config", type=Path, metavar="F", help=f"settings file ({DEPLOYED}, if it is there)")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    full_examination.add_options(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Check and print; exit status 1 when something is bad."""
    from installation import settings as settings_module
    from installation.doctor.examine import examine

    path: Path | None = args.config or (DEPLOYED if DEPLOYED.is_file() else None)
    settings = settings_module.load(path) if path else settings_module.Settings()
    if args.full:
        return full_examination.examine_fully(settings, args, _print)
    checks = examine(settings)
    healthy = not any(check.state == "bad" for check in checks)
    if args.json:
        lines = [{"name": c.name, "state": c.state, "found": c.found, "cure": c.cure} for c in checks]
        print_json({"id": settings.installation.id, "healthy": healthy, "checks": lines})
    else:
        _print(checks)
    return 0 if healthy else 1


def _print(checks: "list[Check]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if console.is_terminal:
        table = Table.grid("", "", "", padding=(0, 1))
        for check in checks:
            found = f"{check.found}\n→ {check.cure}" if check.cure else check.found
            table.add_row(Text(check.state, _COLOURS[check.state]), Text(check.name, "bold"), Text(found))
        console.print(table)
        return
    for check in checks:
        line = Text.assemble((f"{check.state:8}", _COLOURS[check.state]), (f"{check.name:11}", "bold"), check.found)
        if check.cure:
            line.append(f"\n{'':19}→ {check.cure}")
        console.print(line, soft_wrap=True)
