"""The command ``art-installation``: finds the subcommand, runs it, and turns every error into one sentence."""

import argparse
import importlib
import io
import logging
import os
import pkgutil
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import NoReturn

from installation import commands
from installation.commands.parser import Parser
from installation.errors import InstallationError, SettingsError, UsageError
from installation.service import journal
from installation.service.terminal import fresh_line
from installation.text import printable

PROGRAM = "art-installation"
FAILURE = 1
WRONG_USE = 2
INTERRUPTED = 130
LONGEST_SENTENCE = 2000
"""Characters of an error that are shown; it may name what came from a file or over the network."""

_ORDER = (
    "run",
    "demo",
    "stylize",
    "styles",
    "bench",
    "doctor",
    "check-config",
    "buttons",
    "fleet",
    "souvenirs",
    "serve",
    "train",
    "export",
)
"""Order in ``--help``; commands that are not named here follow."""

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 0, 1 for a failure, 2 for wrong use or settings."""
    signal.signal(signal.SIGTERM, _terminate)
    _never_fail_at_a_character()
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:
        return INTERRUPTED
    except _Terminated:
        # All parts are stopped. End by the signal itself: systemd counts that as a clean stop.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
    except BrokenPipeError:
        # The reader of a pipe (`| head`) has closed it; Python would report that once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001 - no visitor and no technician ever sees a traceback
        return _print_error(error)
    return FAILURE


def _never_fail_at_a_character() -> None:
    """Print a question mark for what the terminal's character set lacks, such as a dash in Latin-1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _run(arguments: list[str]) -> int:
    try:
        args = build_parser(arguments).parse_args(arguments)
    except SystemExit:
        # After --help or --version: report a closed pipe here, not at exit.
        sys.stdout.flush()
        raise
    journal.configure(logging.DEBUG if args.verbose else logging.WARNING)
    status: int = args.func(args)
    sys.stdout.flush()
    return status


def _print_error(error: Exception) -> int:
    """Say in one sentence what went wrong; returns the exit status."""
    logger.debug("where it happened", exc_info=error)
    sentence = str(error)
    if not isinstance(error, InstallationError):
        sentence = f"unexpected {type(error).__name__}: {error}; run again as '{PROGRAM} -v …' and report the output"
    print(
        f"{fresh_line(sys.stderr)}{PROGRAM}: {printable(' '.join(sentence.split()), LONGEST_SENTENCE)}", file=sys.stderr
    )
    return WRONG_USE if isinstance(error, UsageError | SettingsError) else FAILURE


def build_parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of the whole command line.

    When ``arguments`` begin with a command's name, only that command is imported.
    """
    parser = Parser(prog=PROGRAM, description="A living mirror: visitors see themselves painted, live.")
    parser.add_argument("--version", action=_Version)
    parser.add_argument("-v", "--verbose", action="store_true", help="log details, with tracebacks")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    names = command_names()
    asked = next((argument for argument in arguments if not argument.startswith("-")), None)
    if asked not in names or not _add(asked, subparsers):
        for name in names:
            _add(name, subparsers)
    return parser


def _add(name: str, subparsers: "argparse._SubParsersAction[Parser]") -> bool:
    """Add one command; False where the module is not one but something that commands share."""
    module = importlib.import_module(f"{commands.__name__}.{name.replace('-', '_')}")
    if not hasattr(module, "add_parser"):
        return False
    module.add_parser(subparsers)
    return True


def command_names() -> tuple[str, ...]:
    """The names of all commands, in the order of ``--help``."""
    found = (module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))
    return tuple(sorted(found, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)))


class _Terminated(BaseException):
    """SIGTERM as an exception, so that every ``finally`` block runs and removes unfinished files."""


def _terminate(_signum: int, _frame: object) -> NoReturn:
    raise _Terminated


class _Version(argparse.Action):
    """Prints the version; looked up only when asked for, since importlib.metadata is slow to import."""

    def __init__(self, option_strings: Iterable[str], dest: str) -> None:
        super().__init__(list(option_strings), dest, nargs=0, default=argparse.SUPPRESS, help="print the version")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from installation.version import version

        print(f"{PROGRAM} {version()}")
        parser.exit()
