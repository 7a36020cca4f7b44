"""``art-installation export``: the network for other runtimes."""

import argparse
from pathlib import Path


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``export`` to the command line."""
    parser = subparsers.add_parser("export", help="write the network for other runtimes")
    formats = parser.add_subparsers(title="formats", metavar="FORMAT")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--collection", type=Path, metavar="DIR", help="another collection than the one shipped")
    onnx = formats.add_parser("onnx", parents=[common], help="write the network for ONNX Runtime (extra 'server')")
    onnx.add_argument(
        "-o", "--output", type=Path, default=Path("network.onnx"), metavar="FILE", help="file to write (network.onnx)"
    )
    onnx.set_defaults(func=run_onnx)
    phone = formats.add_parser(
        "tflite", parents=[common], help="write the network, its styles and its canvas for a phone"
    )
    phone.add_argument(
        "-o", "--output", type=Path, default=Path("phone"), metavar="DIR", help="folder to write (phone)"
    )
    phone.add_argument(
        "--weights", choices=("int4", "int8"), default="int8", help="int8 runs fastest, int4 is smallest (int8)"
    )
    phone.set_defaults(func=run_tflite)
    browser = formats.add_parser(
        "browser", parents=[common], help="write a static site that paints in the visitor's browser"
    )
    browser.add_argument(
        "-o", "--output", type=Path, default=Path("site"), metavar="DIR", help="folder to write (site)"
    )
    browser.add_argument(
        "--packages", type=Path, metavar="DIR", help="where npm has installed @litertjs/core (npm fetches it)"
    )
    browser.set_defaults(func=run_browser)


def run_onnx(args: argparse.Namespace) -> int:
    """Write the collection's network as ONNX."""
    from installation.collection import Collection
    from installation.files import whole_file
    from installation.network.tflite import NetworkFile
    from installation.server.onnx_graph import onnx_model

    model = onnx_model(NetworkFile.load(Collection.load(args.collection).network_path))
    with whole_file(args.output) as temporary:
        temporary.write_bytes(model)
    print(args.output)
    return 0


def run_browser(args: argparse.Namespace) -> int:
    """Write the static site."""
    from installation.browser.site_writer import write_site
    from installation.collection import Collection

    size = write_site(Collection.load(args.collection), args.output, args.packages)
    print(f"{args.output} ({size / 1e6:.0f} MB; docs/browser.md says how to put it on the web)")
    return 0


def run_tflite(args: argparse.Namespace) -> int:
    """Write what a phone needs."""
    from installation.collection import Collection
    from installation.offline.phone import write_phone

    for path in write_phone(Collection.load(args.collection), args.output, args.weights):
        print(path)
    return 0
