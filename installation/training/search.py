"""``python -m installation.training.search``: equal short runs of candidate architectures, and what each is worth."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import torch

from installation.errors import InstallationError
from installation.network.runtime import runtimes
from installation.training.data import Photos, held_out, picture_files
from installation.training.metrics import overall, quality, steadiness
from installation.training.network import Architecture
from installation.training.painters import TrainedPainter
from installation.training.paintings import style_targets
from installation.training.perceptual import load_perceptual
from installation.training.quantization import Precision
from installation.training.recipe import load_recipe
from installation.training.report import gather
from installation.training.tflite_export import layers_of, tflite_bytes
from installation.training.trainer import Trainer, canvas_tensor

_STYLES = 6
CANDIDATES = {
    "nearest": Architecture(smooth=False),
    "smooth": Architecture(),
    "smooth, body x3": Architecture(body_passes=3),
    "smooth, body x6": Architecture(body_passes=6),
    "smooth, body x2, detail x3": Architecture(body_passes=2, detail_passes=3),
    "smooth, wide body x3": Architecture(body=64, body_passes=3),
    "smooth, wide ends x3": Architecture(stem=40, body_passes=3),
    "full convolutions in a narrow body": Architecture(body=24, body_passes=3, separable=False),
    "body at 1/16": Architecture(body_passes=3, deep=True),
    "channel attention": Architecture(body_passes=3, attention=True),
    "AdaIN in body and detail only": Architecture(plain=True),
    "no canvas": Architecture(canvas=False),
    "no skip of the photo": Architecture(photo=False),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Train and measure each candidate that the output does not hold yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, nargs="+", required=True)
    parser.add_argument("--paintings", type=Path, required=True)
    parser.add_argument("--perceptual", default="vgg19")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("-o", "--output", type=Path, default=Path("styles/training/search.json"))
    args = parser.parse_args(argv)
    rows = json.loads(args.output.read_text("utf-8")) if args.output.is_file() else []
    try:
        teacher = load_perceptual(args.perceptual)
        material = gather(args.photos, args.paintings, 4)
        kept = [path for path in picture_files(args.photos) if not held_out(path)]
    except InstallationError as error:
        print(error, file=sys.stderr)
        return 1
    recipe = load_recipe()
    schedule = msgspec.structs.replace(recipe.schedule, fp32_steps=args.steps, int8_steps=0, int4_steps=0, size=args.size)
    recipe = msgspec.structs.replace(recipe, schedule=schedule, styles=recipe.styles[:_STYLES])
    targets = style_targets(teacher, material.paintings[:_STYLES])
    photos = Photos(kept, schedule.seed)
    for name, architecture in CANDIDATES.items():
        if any(row["name"] == name for row in rows):
            continue
        start = time.monotonic()
        trainer = Trainer(
            msgspec.structs.replace(recipe, architecture=architecture), photos, teacher, targets
        )
        trainer.run(lambda step: None)
        trainer.model.eval()
        painter = TrainedPainter(trainer.model, name)
        found = overall(quality(painter, material.photos, range(_STYLES), teacher, targets))
        steady = steadiness(painter, material.wide[:2], range(_STYLES))
        rows.append(
            {
                "name": name,
                "weights": sum(layer.weight.numel() for layer in layers_of(trainer.model.network)),
                "style": round(found.style, 3),
                "content": round(found.content, 3),
                "ssim": round(found.ssim, 3),
                "noise_gain": round(steady.noise_gain, 2),
                "pan": round(steady.pan, 3),
                **_as_file(trainer),
                "seconds": round(time.monotonic() - start),
            }
        )
        print(rows[-1], flush=True)
        args.output.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    return 0


def _as_file(trainer: Trainer) -> dict[str, float]:
    """Bytes of the INT4 file, and median milliseconds of a 256×256 frame of its INT8 form on one thread."""
    network = trainer.model.network
    network.set_precision(Precision.INT4)
    try:
        size = len(tflite_bytes(network))
        network.set_precision(Precision.INT8)
        data = tflite_bytes(network)
    except NotImplementedError:
        return {}
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=data, num_threads=1)
    interpreter.allocate_tensors()
    times = []
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], np.ones(detail["shape"], detail["dtype"]))
    for _ in range(200):
        begin = time.perf_counter()
        interpreter.invoke()
        times.append(time.perf_counter() - begin)
    return {"bytes": size, "ms": round(1000 * float(np.median(times)), 2)}


if __name__ == "__main__":
    sys.exit(main())
