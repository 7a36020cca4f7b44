"""The teacher: features of a VGG network trained on ImageNet, and distances between them."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from installation.errors import UsageError

_MEAN = (123.68, 116.779, 103.939)
_TAPS = {"vgg16": (3, 8, 15, 22), "vgg19": (3, 8, 17, 26)}
"""Index in torchvision's ``features`` of relu1_2, relu2_2, relu3_3 and relu4_3 (relu3_4 and relu4_4 in VGG19)."""
CONTENT_TAP = 1
"""relu2_2."""


class Features(Protocol):
    """A network whose features compare pictures: the teacher, or a judge."""

    def __call__(self, pictures: Tensor, count: int = 4) -> list[Tensor]:
        """Features of pictures [N, 3, H, W] in 0…1 at the first ``count`` of four depths, the shallowest first."""
        ...


class Perceptual(nn.Module):
    """Frozen VGG convolutions, channels last, in the faster of bfloat16 and float32 on this machine.

    bfloat16 is three times faster on a CPU that has instructions for it (AVX-512 BF16, AMX) and ten times slower on one
    that has none. ``taps`` are the indices of the layers whose outputs are the features.
    """

    def __init__(self, weights: dict[str, Tensor], taps: tuple[int, ...], precision: torch.dtype | None = None) -> None:
        super().__init__()
        self.taps = taps
        self.precision = precision or faster_precision()
        # A convolution and its ReLU take two indices; every other index is a pooling layer.
        used = {int(key.split(".")[1]) for key in weights}
        self.pools = {i for i in range(taps[-1]) if i not in used and i - 1 not in used}
        self.convolutions = nn.ModuleDict()
        for key in (k for k in weights if k.endswith(".weight")):
            index = int(key.split(".")[1])
            if index <= taps[-1]:
                outputs, inputs = weights[key].shape[:2]
                layer = nn.Conv2d(inputs, outputs, 3, padding=1)
                layer.weight.data.copy_(weights[key])
                layer.bias.data.copy_(weights[f"features.{index}.bias"])  # type: ignore[union-attr]
                self.convolutions[str(index)] = layer
        self.to(self.precision).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.requires_grad_(False)
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor, count: int = 4) -> list[Tensor]:
        """Features of pictures [N, 3, H, W] in 0…1 at the first ``count`` taps, in ``precision``."""
        mean = self.get_buffer("mean").float()
        x = (pictures * 255.0 - mean).to(self.precision).contiguous(memory_format=torch.channels_last)
        features = []
        for index in range(self.taps[count - 1] + 1):
            if str(index) in self.convolutions:
                x = F.relu(self.convolutions[str(index)](x))
            elif index in self.pools:
                x = F.max_pool2d(x, 2)
            if index in self.taps:
                features.append(x)
        return features


def faster_precision() -> torch.dtype:
    """Time a convolution, forward and backward, in both precisions; return the faster one."""

    def seconds(precision: torch.dtype) -> float:
        layer = nn.Conv2d(64, 64, 3, padding=1).to(precision).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        x = torch.randn(1, 64, 64, 64, dtype=precision).contiguous(memory_format=torch.channels_last)
        x.requires_grad_(True)
        times = []
        for _ in range(3):
            start = time.perf_counter()
            layer(x).sum().backward()
            times.append(time.perf_counter() - start)
        return min(times)

    return min((torch.bfloat16, torch.float32), key=seconds)


def load_perceptual(source: str) -> Perceptual:
    """Load the teacher: ``vgg19`` takes torchvision's weights, a path an ``.npz`` file of VGG16 or VGG19 convolutions.

    Raises:
        UsageError: torchvision or its weights are not available, or the file holds no VGG weights.
    """
    if source == "vgg19":
        return Perceptual(_torchvision_weights(), _TAPS["vgg19"])
    try:
        with np.load(Path(source)) as archive:
            weights = {key: torch.from_numpy(archive[key].astype(np.float32)) for key in archive.files}
    except (OSError, ValueError) as error:
        raise UsageError(f"{source}: is not a readable .npz file of VGG weights ({error})") from None
    if "features.0.weight" not in weights:
        raise UsageError(f"{source}: holds no key features.0.weight; name the keys as torchvision does")
    return Perceptual(weights, _TAPS["vgg19" if "features.34.weight" in weights else "vgg16"])


def _torchvision_weights() -> dict[str, Tensor]:
    try:
        from torchvision.models import VGG19_Weights, vgg19  # type: ignore[import-not-found,import-untyped]
    except ImportError:
        raise UsageError(
            "--perceptual vgg19 needs torchvision; install it with: pip install torchvision, from where torch came, or "
            "give a local file with --perceptual FILE.npz"
        ) from None
    try:
        state: dict[str, Tensor] = vgg19(weights=VGG19_Weights.IMAGENET1K_V1).state_dict()
    except OSError as error:
        raise UsageError(f"VGG19 cannot be had ({error}); give a local file with --perceptual FILE.npz") from None
    return {key: value for key, value in state.items() if key.startswith("features.")}


def gram(features: Tensor) -> Tensor:
    """Gram matrices [N, C, C] of features [N, C, H, W], averaged over positions."""
    flat = features.flatten(2)
    return (flat @ flat.transpose(1, 2)).float() / flat.shape[2]


def relative(value: Tensor, target: Tensor) -> Tensor:
    """|value − target|² / |target|² for each member of the batch; [N]."""
    axes = tuple(range(1, value.ndim))
    return (value.float() - target.float()).square().sum(axes) / target.float().square().sum(axes).clamp(min=1e-8)


def style_distance(features: list[Tensor], targets: list[Tensor], shares: Sequence[float] | None = None) -> Tensor:
    """Relative distance of the Gram matrices, mean over the taps, or weighted by ``shares``, which sum to 1; [N]."""
    distances = torch.stack([relative(gram(f), t) for f, t in zip(features, targets, strict=True)])
    return distances.mean(0) if shares is None else torch.tensor(shares) @ distances


def content_distance(features: list[Tensor], photo: list[Tensor]) -> Tensor:
    """Relative distance of the features at relu2_2; [N]."""
    return relative(features[CONTENT_TAP], photo[CONTENT_TAP])
