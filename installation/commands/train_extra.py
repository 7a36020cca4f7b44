"""The cure where the libraries for training are missing."""

from typing import Final

CURE: Final = (
    "install PyTorch's CPU build first, as docs/training.md says (else pip brings gigabytes of CUDA), then, in a clone "
    "of this project: pip install --no-compile -e '.[train]'"
)
