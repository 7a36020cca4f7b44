"""``art-installation export``: the network for other runtimes. For a workstation."""

import argparse
from pathlib import Path

from installation.errors import UsageError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``export`` to the command line."""
    parser = subparsers.add_parser("export", help="the network for other runtimes (workstation, extra 'train')")
    formats = parser.add_subparsers(title="formats", metavar="FORMAT", required=True)
    onnx = formats.add_parser("onnx", help="for ONNX Runtime")
    onnx.add_argument("-o", "--output", type=Path, default=Path("network.onnx"), metavar="FILE", help="(network.onnx)")
    onnx.add_argument("--collection", type=Path, metavar="DIR", help="another collection than the one shipped")
    onnx.set_defaults(func=run_onnx)


def run_onnx(args: argparse.Namespace) -> int:
    """Write the collection's network as ONNX."""
    from installation.collection import Collection

    try:
        from installation.training.onnx_export import write_onnx
        from installation.training.tflite_import import read_network
    except ImportError as error:
        raise UsageError(
            f"exporting needs {error.name}; install it with: pip install 'art-installation[train]'"
        ) from None
    write_onnx(read_network(Collection.load(args.collection).network_path), args.output)
    print(args.output)
    return 0
