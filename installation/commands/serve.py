"""``art-installation serve``: the network as an HTTP service. For a server, not for the Pi."""

import argparse
from pathlib import Path

from installation.commands.numbers import check_range
from installation.errors import UsageError
from installation.server.providers import PROVIDERS


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``serve`` to the command line."""
    parser = subparsers.add_parser("serve", help="serve the network over HTTP (extra 'server')")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, metavar="N", help="port to listen on (8080)")
    parser.add_argument(
        "--provider", choices=tuple(PROVIDERS), default="cpu", help="what ONNX Runtime computes on (cpu)"
    )
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="threads of the network (one a core)")
    parser.add_argument("--batch", type=int, default=16, metavar="N", help="pictures painted together, at most (16)")
    parser.add_argument("--wait", type=float, default=5, metavar="MS", help="how long a batch is gathered, in ms (5)")
    parser.add_argument("--requests", type=int, default=256, metavar="N", help="requests under way, at most (256)")
    parser.add_argument("--memory", type=int, default=512, metavar="MB", help="memory for photos under way (512)")
    parser.add_argument("--body", type=int, default=16, metavar="MB", help="largest file of a photo (16)")
    parser.add_argument("--megapixels", type=int, default=40, metavar="N", help="largest photo (40)")
    parser.add_argument("--seconds", type=float, default=60, metavar="S", help="longest that painting may take (60)")
    parser.add_argument("--collection", type=Path, metavar="DIR", help="another collection than the one shipped")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    for option, least, most in (
        ("port", 1, 65535),
        ("threads", 0, 256),
        ("batch", 1, 64),
        ("wait", 0, 1000),
        ("requests", 1, 10_000),
        ("memory", 32, 65_536),
        ("body", 1, 64),
        ("megapixels", 1, 89),
        ("seconds", 1, 600),
    ):
        check_range(f"--{option}", getattr(args, option), least, most)
    from installation.collection import Collection

    try:
        from installation.server.limits import Limits
        from installation.server.serve import make_service, serve
    except ImportError as error:
        raise UsageError(
            f"serving needs {error.name}; in a clone of this project: pip install -e '.[server]'"
        ) from None
    limits = Limits(
        requests=args.requests,
        memory=args.memory * 1024 * 1024,
        body=args.body * 1024 * 1024,
        pixels=args.megapixels * 1_000_000,
        paint_seconds=args.seconds,
        batch=args.batch,
        batch_seconds=args.wait / 1000,
    )
    service = make_service(Collection.load(args.collection), limits, args.provider, args.threads)
    print(f"http://{args.host}:{args.port}/", flush=True)
    serve(service, limits, args.host, args.port)
    return 0
