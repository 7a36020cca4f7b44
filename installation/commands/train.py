"""``art-installation train``: train the network, then write it as a collection. For a workstation."""

import argparse
from pathlib import Path

from installation.commands.train_extra import CURE
from installation.errors import UsageError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``train`` to the command line."""
    parser = subparsers.add_parser(
        "train",
        help="train the network (workstation, extra 'train')",
        description="Train the network on folders of photos and the paintings of the recipe. Run again to go on from "
        "the last checkpoint.",
    )
    parser.add_argument("--photos", type=Path, nargs="+", required=True, metavar="DIR", help="folders of photos")
    parser.add_argument("--paintings", type=Path, required=True, metavar="DIR", help="folder of the recipe's paintings")
    parser.add_argument(
        "--perceptual",
        default="vgg19",
        metavar="vgg19|FILE.npz",
        help="the teacher: torchvision's VGG19, or a file of VGG weights (vgg19)",
    )
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="another recipe than the shipped one (TOML)")
    parser.add_argument(
        "--run",
        type=Path,
        default=Path("runs/network"),
        metavar="DIR",
        help="folder of the run's checkpoints and sheets (runs/network)",
    )
    parser.add_argument("--begin", type=Path, metavar="FILE", help="begin with the weights of another run's checkpoint")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="write the collection here when done")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="threads of PyTorch (all)")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Train, and write the collection."""
    try:
        import torch
    except ImportError:
        raise UsageError(f"training needs PyTorch; {CURE}") from None
    from installation.training.export import write_collection
    from installation.training.recipe import load_recipe
    from installation.training.run import train

    if args.threads > 0:
        torch.set_num_threads(args.threads)
    recipe = load_recipe(args.recipe)
    trainer = train(recipe, args.photos, args.paintings, args.perceptual, args.run, args.begin)
    if args.output is not None:
        trainer.model.eval()
        print(write_collection(trainer.model, recipe, args.output))
    return 0
