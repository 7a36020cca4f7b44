"""The command line's parser: argparse, with errors that suggest what was probably meant."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from installation.text.nearest import likely, nearest


class _Subcommands(argparse._SubParsersAction):  # type: ignore[type-arg] # not generic at run time
    """Describes each subcommand by its line in the list of all, unless it brings a description of its own."""

    def add_parser(self, name: str, **kwargs: Any) -> Any:
        says = kwargs.get("help", "")
        return super().add_parser(name, **{"description": f"{says[:1].upper()}{says[1:]}.", **kwargs})


class Parser(argparse.ArgumentParser):
    """Refuses unknown arguments at once, so that a wrong option of a subcommand shows that subcommand's usage.

    Options cannot be abbreviated: a new option would break abbreviations that people have written down.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})
        self.register("action", "parsers", _Subcommands)

    def parse_known_args(  # type: ignore[override] # in argparse it is overloaded
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As in argparse, but remaining arguments are an error."""
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self._refuse(unknown)
        return namespace, unknown

    def add_subparsers(self, **kwargs: Any) -> "argparse._SubParsersAction[Any]":
        """As in argparse, but a command that lacks its subcommand prints the help, which lists them."""
        self.set_defaults(func=lambda _args: self._ask_for(kwargs["metavar"]))
        return super().add_subparsers(**kwargs)

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError:
            if action.type not in (int, float):
                raise
            kind = "whole number" if action.type is int else "number"
            raise argparse.ArgumentError(action, f"'{arg_string}' is not a {kind}") from None

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            cure = nearest(str(value), [str(choice) for choice in action.choices])
            raise argparse.ArgumentError(action, f"there is no '{value}'; {cure}")

    def _ask_for(self, missing: str) -> NoReturn:
        self.print_help(sys.stderr)
        self.exit(2, f"\n{self.prog}: error: add one of the {missing}s above\n")

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        option = next((word.partition("=")[0] for word in unknown if word.startswith("-")), None)
        if option is None:
            self.error(f"'{unknown[0]}' is one word too many")
        meant = likely(option, self._option_string_actions)
        self.error(f"there is no option '{option}'" + (f"; did you mean '{meant}'?" if meant else ""))
