"""The shipped network in the Pi's own wheels, under QEMU, paints what it paints here."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.arm64.emulated import BOOKWORM, REPOSITORY, TRIXIE, System, missing, python, wheels
from tests.arm64.paint import paint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(missing()), reason=missing() or "can be emulated"),
]

OURS = ("msgspec", "opencv-python-headless>=4.9")
LITERT = ("ai-edge-litert>=2.1,<2.2", *OURS)
TFLITE = ("tflite-runtime==2.14.0", "numpy<2", *OURS)
LARGEST = 2.0
"""Mean difference allowed, of 255. Built-in kernels round otherwise on arm64 than on x86; XNNPACK's do not."""

REFERENCE = {
    ("litert", "int8"): "int8",
    ("litert", "int4"): "int4",
    ("tflite-runtime", "int8"): "int4",
    ("tflite-runtime", "int4"): "int4",
}
"""The weight form that takes the same kernels here: XNNPACK's for int8 in LiteRT, the built-in ones for the rest."""

CASES = [
    pytest.param(BOOKWORM, "litert", LITERT, "int8", id="Python 3.11, ai-edge-litert, int8"),
    pytest.param(BOOKWORM, "litert", LITERT, "int4", id="Python 3.11, ai-edge-litert, int4"),
    pytest.param(BOOKWORM, "tflite-runtime", TFLITE, "int8", id="Python 3.11, tflite-runtime, int8"),
    pytest.param(BOOKWORM, "tflite-runtime", TFLITE, "int4", id="Python 3.11, tflite-runtime, int4"),
    pytest.param(TRIXIE, "litert", LITERT, "int8", id="Python 3.13, ai-edge-litert, int8"),
    pytest.param(TRIXIE, "litert", LITERT, "int4", id="Python 3.13, ai-edge-litert, int4"),
]


@pytest.mark.parametrize(("system", "runtime", "requirements", "weights"), CASES)
def test_pictures_agree(
    system: System, runtime: str, requirements: tuple[str, ...], weights: str, tmp_path: Path
) -> None:
    pip = (sys.executable, "-m", "pip")
    path = (wheels(system, runtime, requirements, pip), REPOSITORY)
    python(system, path, Path(__file__).with_name("paint.py"), runtime, weights, tmp_path / "emulated.npy")
    emulated = np.load(tmp_path / "emulated.npy").astype(np.float32)
    here = paint("litert", REFERENCE[runtime, weights]).astype(np.float32)
    difference = float(np.abs(emulated - here).mean())
    print(f"mean difference {difference:.3f} of 255")
    assert emulated.std() > 20, "a flat picture agrees with nothing"
    assert difference <= LARGEST
