"""``art-installation demo``: the mirror with the bundled clip, a broker and the visitor page: nothing to set up."""

import argparse
import sys


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``demo`` to the command line."""
    from installation.commands.run import add_options

    parser = subparsers.add_parser(
        "demo",
        help="the mirror on a bundled clip, with nothing to set up",
        description="Show the mirror on a bundled clip of people: in a window, or headless where there is no screen; "
        "a broker and the visitor page run on loopback.",
    )
    parser.add_argument("--broker", metavar="URL", default="embedded", help="mqtt://HOST, embedded (default) or none")
    add_options(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the demo; returns the exit status."""
    from installation import display
    from installation.camera import bundled_clip
    from installation.commands.run import run_mirror, with_options
    from installation.control.web import embedded
    from installation.settings import Settings, with_groups

    problem = "" if args.display else display.missing()
    if problem:
        what, _, _ = problem.partition("; ")
        print(f"The demo runs without a window, Ctrl-C ends it: {what}.", file=sys.stderr)
    mode = "headless" if problem else "window"
    broker = args.broker
    if broker == "embedded" and (lacking := embedded.missing()):
        print(f"The demo runs without the visitor page: {lacking}", file=sys.stderr)
        broker = "none"
    settings = with_groups(
        Settings(), camera={"source": f"video:{bundled_clip()}"}, display={"mode": mode}, broker={"url": broker}
    )
    settings = with_options(settings, args)
    return run_mirror(settings, args)
