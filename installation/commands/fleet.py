"""``art-installation fleet``: look after all installations over MQTT."""

import argparse
import math
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from installation.commands.numbers import check_range
from installation.commands.printing import print_json

if TYPE_CHECKING:
    from rich.console import Console

    from installation.fleet.client import FleetClient
    from installation.fleet.orders import Order, Outcome
    from installation.settings import BrokerSettings

RESTART_SECONDS = 90.0
"""Seconds to wait for a restart: a Pi stops, starts Python, times a new network and opens its camera."""
LONGEST = 86_400.0
"""Longest time to wait in seconds: a day."""
SETTABLE = ("style", "strength", "mix", "surprise", "attract", "display")
OPS = {
    "identify": "show id and address on the screens for 20 s",
    "restart": "restart installations, and wait until they are online again",
    "reload": "let installations read their styles again",
    "log": "show the last lines of the installations' logs",
}
ENVIRONMENT = {
    "broker": "ART_BROKER",
    "username": "ART_USERNAME",
    "password_file": "ART_PASSWORD_FILE",
    "ca_file": "ART_CA_FILE",
    "cert_file": "ART_CERT_FILE",
    "key_file": "ART_KEY_FILE",
    "base": "ART_BASE",
}
CONFIG = "ART_CONFIG"
WORDS = "WHAT VALUE [ID ...]"
SET_EXAMPLES = (
    " For example: fleet set style scream foyer-1; fleet set mix scream=0.6,great-wave=0.4 --group foyer; "
    "fleet set strength 0.8 --all."
)
EPILOG = (
    "The broker and the account come from the options, else from "
    + ", ".join(ENVIRONMENT.values())
    + f", else from --config or {CONFIG}."
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``fleet`` to the command line."""
    fleet = subparsers.add_parser("fleet", help="look after all installations over MQTT", epilog=EPILOG)
    orders = fleet.add_subparsers(title="orders", metavar="ORDER")

    status = _order(orders, "status", "one line for each installation", timeout=5.0)
    status.add_argument("--check", action="store_true", help="exit status 1 if any installation has a problem")
    status.set_defaults(func=run, order=_status)

    watch = _order(orders, "watch", "one line for each installation, live, until Ctrl-C", timeout=5.0)
    watch.add_argument("--seconds", type=float, metavar="S", help="stop after this many seconds")
    watch.set_defaults(func=run, order=_watch)

    setting = _order(
        orders, "set", "set a value, and wait until it is shown", WORDS, timeout=10.0, example=SET_EXAMPLES
    )
    setting.add_argument(
        "words",
        nargs="+",
        metavar=WORDS,
        help=f"{', '.join(SETTABLE)}; then a style's name, 0…1, a mix, a surprise's number or new, ON or OFF; then the "
        "installations, which may also come first",
    )
    _add_groups(setting)
    setting.set_defaults(func=run, order=_set)

    for op, says in OPS.items():
        asking = _order(orders, op, says, "[ID ...]", timeout=RESTART_SECONDS if op == "restart" else 10.0)
        asking.add_argument("ids", nargs="*", metavar="ID", help="the installations")
        _add_groups(asking)
        asking.set_defaults(func=run, order=_request, op=op)

    page = _order(
        orders,
        "page",
        "serve the technician's web page, and /metrics for Prometheus",
        "--page-password-file F",
        timeout=5.0,
    )
    page.add_argument(
        "--listen", default="127.0.0.1:8088", metavar="ADDRESS:PORT", help="where it is served (127.0.0.1:8088)"
    )
    page.add_argument(
        "--page-password-file", type=Path, required=True, metavar="F", help="file with the page's password"
    )
    page.add_argument("--tls-cert", type=Path, metavar="F", help="the page's certificate; needed beyond this machine")
    page.add_argument("--tls-key", type=Path, metavar="F", help="the key of that certificate")
    page.set_defaults(func=run, order=_page)

    forgetting = _order(
        orders,
        "forget",
        "remove installations that are gone for good from the broker and from Home Assistant",
        "ID [ID ...]",
        timeout=10.0,
    )
    forgetting.add_argument("ids", nargs="+", metavar="ID", help="the installations")
    forgetting.set_defaults(func=run, order=_forget, group="", all=False)


def run(args: argparse.Namespace) -> int:
    """Run the subcommand; returns 1 if any installation failed."""
    from installation.fleet.client import FleetClient

    check_range("--timeout", args.timeout, 0, LONGEST)
    if getattr(args, "seconds", None) is not None:
        check_range("--seconds", args.seconds, 0, LONGEST)
    if "words" in args:
        args.what, args.value, args.ids = split_words(args.words)
    settings = broker_settings(args)
    args.homeassistant_prefix = settings.homeassistant_prefix
    with FleetClient(settings) as client:
        client.learn(args.timeout)
        status: int = args.order(client, args)
    return status


def broker_settings(args: argparse.Namespace) -> "BrokerSettings":
    """The broker's settings from options, then environment, then settings file; validated like a settings file."""
    from installation import settings as settings_module

    config = args.config or os.environ.get(CONFIG, "")
    base = settings_module.load(Path(config)).broker if config else settings_module.BrokerSettings()
    given = {name: getattr(args, name) or os.environ.get(variable, "") for name, variable in ENVIRONMENT.items()}
    keys = {"url" if name == "broker" else name: value for name, value in given.items() if value}
    known = {name: getattr(base, name) for name in base.__struct_fields__}
    return settings_module.parse({"broker": {**known, **keys}}).broker


def add_broker(parser: argparse.ArgumentParser) -> None:
    """Add the options that `broker_settings` reads."""
    broker = parser.add_argument_group("the broker")
    broker.add_argument("--broker", metavar="URL", help="mqtt://HOST or mqtts://HOST")
    broker.add_argument("--username", metavar="NAME", help="account on the broker")
    broker.add_argument("--password-file", metavar="F", help="file with its password")
    broker.add_argument("--ca-file", metavar="F", help="certificate authority of an mqtts broker")
    broker.add_argument("--cert-file", metavar="F", help="client certificate, if the broker asks for one")
    broker.add_argument("--key-file", metavar="F", help="the key of that certificate")
    broker.add_argument("--base", metavar="TOPIC", help="base topic (art-installation)")
    broker.add_argument("--config", type=Path, metavar="F", help="settings file whose [broker] is used")


def _order(
    orders: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    says: str,
    operands: str = "",
    *,
    timeout: float,
    example: str = "",
) -> argparse.ArgumentParser:
    parser = orders.add_parser(
        name,
        help=says,
        usage=f"%(prog)s [option ...] {operands}".rstrip(),
        description=f"{says[0].upper()}{says[1:]}.{example}",
        epilog=EPILOG,
    )
    parser.add_argument(
        "--timeout", type=float, default=timeout, metavar="S", help=f"wait so many seconds at most ({timeout:g})"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    add_broker(parser)
    return parser


def split_words(words: Sequence[str]) -> tuple[str, str, list[str]]:
    """What to set, its value, and the ids, which may stand after them or before.

    Raises:
        UsageError: nothing that can be set is named, or no value.
    """
    from installation.errors import UsageError

    at = next((index for index, word in enumerate(words) if word in SETTABLE), None)
    if at is None:
        raise UsageError(f"fleet set {' '.join(words)[:60]}: name what to set ({', '.join(SETTABLE)}), then its value")
    if at + 1 == len(words):
        raise UsageError(f"fleet set {' '.join(words)[:60]}: a value must follow '{words[at]}'")
    return words[at], words[at + 1], [*words[:at], *words[at + 2 :]]


def _add_groups(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--group", default="", metavar="NAME", help="all installations of a group")
    parser.add_argument("--all", action="store_true", help="all installations")


def _status(client: "FleetClient", args: argparse.Namespace) -> int:
    from installation.errors import ControlError
    from installation.fleet.table import status_rows, status_table

    with client.lock:
        members = client.roster.sorted()
        if not members:
            raise ControlError("no installation has ever been seen here; check --base and the account's rights")
        if args.json:
            print_json(status_rows(members), indent=None)
        else:
            _console().print(status_table(members))
        return 1 if args.check and any(member.problems() for member in members) else 0


def _watch(client: "FleetClient", args: argparse.Namespace) -> int:
    from rich.live import Live
    from rich.text import Text

    from installation.fleet.table import status_rows, status_table
    from installation.text import printable

    until = math.inf if args.seconds is None else time.monotonic() + args.seconds
    if args.json:
        while time.monotonic() < until:
            with client.lock:
                print_json(status_rows(client.roster.sorted()), indent=None)
            time.sleep(1.0)
        return 0
    with Live(console=_console(), screen=sys.stdout.isatty(), auto_refresh=False) as live:
        while time.monotonic() < until:
            with client.lock:
                table = status_table(client.roster.sorted())
            table.caption = Text(f"broker {printable(client.state)}")
            live.update(table, refresh=True)
            time.sleep(1.0)
    return 0


def _set(client: "FleetClient", args: argparse.Namespace) -> int:
    from installation.fleet.orders import set_value

    return _report(set_value(client, _chosen(client, args), args.what, args.value, args.timeout), args.json)


def _request(client: "FleetClient", args: argparse.Namespace) -> int:
    from installation.fleet.orders import request, restart

    order = _chosen(client, args)
    if args.op == "restart":
        return _report(restart(client, order, args.timeout), args.json)
    if args.op == "log":
        outcomes = request(client, order, "log", args.timeout)
        for outcome in outcomes:
            for line in outcome.lines if not args.json else ():
                print(f"{outcome.id}: {line}")
        return _report(outcomes, args.json)
    return _report(request(client, order, args.op, args.timeout), args.json)


def _forget(client: "FleetClient", args: argparse.Namespace) -> int:
    from installation.fleet.orders import forget

    return _report(forget(client, _chosen(client, args), args.homeassistant_prefix, args.timeout), args.json)


def _page(client: "FleetClient", args: argparse.Namespace) -> int:
    from installation.fleet.page import PageOptions, serve

    options = PageOptions(args.listen, args.page_password_file, args.tls_cert, args.tls_key)
    serve(client, options, lambda url: print(f"Technician's page: {url} (user technician); Ctrl-C ends it", flush=True))
    return 0


def _chosen(client: "FleetClient", args: argparse.Namespace) -> "Order":
    from installation.control.mqtt.topics import ALL, GROUP
    from installation.errors import ControlError, UsageError
    from installation.fleet.orders import Order

    if sum((bool(args.ids), bool(args.group), args.all)) != 1:
        raise UsageError("name the installations, or --group NAME, or --all")
    with client.lock:
        members = client.roster.chosen(args.ids, args.group, args.all)
    if not members:
        raise ControlError("no installation has ever been seen here; check --base and the account's rights")
    targets = (ALL,) if args.all else (f"{GROUP}/{args.group}",) if args.group else tuple(m.id for m in members)
    return Order(targets, members)


def _report(outcomes: "list[Outcome]", as_json: bool) -> int:
    from installation.fleet.table import outcome_table

    failed = [outcome for outcome in outcomes if not outcome.ok]
    if as_json:
        print_json([_row(outcome) for outcome in outcomes], indent=None)
    else:
        _console().print(outcome_table(outcomes))
        print(f"{len(outcomes) - len(failed)} of {len(outcomes)} did it", file=sys.stderr)
    return 1 if failed else 0


def _row(outcome: "Outcome") -> dict[str, object]:
    row: dict[str, object] = {"id": outcome.id, "ok": outcome.ok, "word": outcome.word}
    return {**row, "lines": outcome.lines} if outcome.lines else row


def _console() -> "Console":
    from rich.console import Console

    # In a pipe lines must not be wrapped at 80 columns.
    return Console() if sys.stdout.isatty() else Console(width=240)
