"""``art-installation souvenirs``: the hub hands out the pictures that visitors take home."""

import argparse
import threading

from installation.commands.fleet import EPILOG, add_broker, broker_settings


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``souvenirs`` to the command line."""
    says = "hand out pictures to take home, on the hub"
    parser = subparsers.add_parser(
        "souvenirs",
        help=says,
        description="Hand out pictures to take home, on the hub, until Ctrl-C. Installations send them over MQTT.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "--listen", default="127.0.0.1:8090", metavar="ADDRESS:PORT", help="where to serve them (127.0.0.1:8090)"
    )
    add_broker(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C. The broker may come and go."""
    from installation.control.mqtt.address import NONE
    from installation.errors import UsageError
    from installation.souvenirs.client import SouvenirClient
    from installation.souvenirs.server import SouvenirServer
    from installation.souvenirs.shelf import Shelf

    settings = broker_settings(args)
    if settings.url in (NONE, "embedded"):
        raise UsageError("no broker is named; give --broker mqtt://HOST, set ART_BROKER or ART_CONFIG, or --config")
    shelf = Shelf()
    client = SouvenirClient(settings, shelf)
    with SouvenirServer(shelf, args.listen) as server:
        client.start()
        print(f"Souvenirs: {server.url}; Ctrl-C ends it", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
        finally:
            client.stop()
    return 0
