"""``art-installation demo``: the mirror with the bundled clip, a broker and the visitor page: nothing to set up."""

import argparse
import ipaddress
import sys

from installation.errors import UsageError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``demo`` to the command line."""
    from installation.commands.run import add_options

    parser = subparsers.add_parser(
        "demo",
        help="show the mirror on a bundled clip, with nothing to set up",
        description="Show the mirror on a bundled clip of people: in a window, or headless where there is no screen; "
        "a broker and the visitor page run on loopback. Of a settings file all holds but the camera, the display's "
        "mode and the broker, which options name.",
    )
    parser.add_argument("--broker", metavar="URL", default="embedded", help="mqtt://HOST, embedded (default) or none")
    parser.add_argument(
        "--lan",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="open the visitor page to phones in this network, behind a key in its link, and show that as a QR code "
        "(at this machine's own address, unless you name another of them)",
    )
    add_options(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the demo; returns the exit status."""
    from installation import display
    from installation.camera import bundled_clip
    from installation.commands.run import run_mirror, with_options
    from installation.control.web import embedded
    from installation.settings import Settings, load, with_groups

    address = "" if args.lan is None else page_address(args.lan, args.broker)
    problem = "" if args.display else display.missing()
    if problem:
        what, _, _ = problem.partition("; ")
        print(f"The demo runs without a window, Ctrl-C ends it: {what}.", file=sys.stderr)
    mode = "headless" if problem else "window"
    broker = args.broker
    if broker == "embedded" and (lacking := embedded.missing()):
        if address:
            raise UsageError(f"--lan: {lacking}")
        print(f"The demo runs without the visitor page: {lacking}", file=sys.stderr)
        broker = "none"
    own = load(args.config) if args.config else Settings()
    if address and not args.config:  # whoever gets a phone out finds the code still there
        own = with_groups(own, display={"caption_seconds": 0.0})
    settings = with_groups(
        own,
        camera={"source": f"video:{bundled_clip()}"},
        display={"mode": mode},
        broker={"url": broker},
    )
    settings = with_options(settings, args)
    return run_mirror(settings, args, address)


def page_address(wanted: str, broker: str) -> str:
    """Where ``--lan`` serves the page: at ``wanted``, or where it is empty at this machine's own address.

    Raises:
        UsageError: the address is not this machine's, there is no network, or the page is not the demo's.
    """
    from installation.service.address import local_address

    if broker != "embedded":
        raise UsageError(
            f"--lan opens the demo's own page, which --broker {broker} does without; leave one of them out"
        )
    if not wanted:
        wanted = local_address()
        if not wanted:
            raise UsageError("--lan: this computer is in no network; join one, or leave --lan out")
    try:
        address = ipaddress.IPv4Address(wanted)
    except ValueError:
        address = ipaddress.IPv4Address(0)
    if address.is_unspecified or address.is_multicast:
        raise UsageError(f"--lan {wanted}: is no IPv4 address of this computer; name one, such as 192.168.1.20")
    return str(address)
