"""Measures how good and how steady a painter's pictures are, on photos × styles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from installation.frame import Pixels
from installation.training.data import to_tensor
from installation.training.losses import Warp, ssim
from installation.training.painters import AnyPainter, as_pixels
from installation.training.paintings import Targets
from installation.training.perceptual import Features, Perceptual, content_distance, gram, style_distance

LOOK = 256
"""Edge in pixels to which pictures are reduced before they are compared."""
SIGMA = 4.0
"""Standard deviation of the sensor noise, in grey levels."""
PAN = 6
"""Distance that the camera pans, in pixels of a picture of 512×512."""


@dataclass(frozen=True)
class Quality:
    """Figures of one painter in one style, averaged over photos.

    ``style`` is the style distance to the painting, ``content`` the content distance to the photo, ``ssim`` the
    similarity to the photo.
    """

    style: float
    content: float
    ssim: float


@dataclass(frozen=True)
class Steadiness:
    """Flicker of one painter's pictures, averaged over photos × styles.

    ``noise_gain`` is mean |T(x+n₁)−T(x+n₂)| / mean |n₁−n₂|. ``pan`` and ``warp`` compare the picture of the moved photo
    with the moved picture of the photo: mean absolute difference, as a fraction of full scale.
    """

    noise_gain: float
    pan: float
    warp: float


def quality(
    painter: AnyPainter,
    photos: Sequence[Pixels],
    styles: Sequence[int],
    teacher: Features,
    targets: Targets,
    strength: float = 1.0,
) -> list[Quality]:
    """Compare each style's pictures with the photos and the painting; one row for each style."""
    rows = []
    with torch.no_grad():
        seen = [teacher(_seen(photo)) for photo in photos]
        for style in styles:
            figures = []
            for photo, features in zip(photos, seen, strict=True):
                painted = _seen(painter.paint(photo, style, strength))
                ours = teacher(painted)
                grams = [target[None] for target in targets[style]]
                figures.append(
                    [
                        float(style_distance(ours, grams)),
                        float(content_distance(ours, features)),
                        float(ssim(painted, _seen(photo))),
                    ]
                )
            rows.append(Quality(*np.mean(figures, 0).tolist()))
    return rows


def overall(rows: Sequence[Quality]) -> Quality:
    """The mean over styles."""
    return Quality(*np.mean([(q.style, q.content, q.ssim) for q in rows], 0).tolist())


def steadiness(painter: AnyPainter, wide: Sequence[Pixels], styles: Sequence[int], seed: int = 1) -> Steadiness:
    """Noise gain, pan error and warping error; ``wide`` are photos of S × (S + PAN) pixels.

    The painter gets the two photos of each comparison as successive frames of one clip.
    """
    random = np.random.default_rng(seed)
    size = wide[0].shape[0]
    warp = Warp((0.0, 0.0), 0.97, 0.03, size)
    gains, pans, warps = [], [], []
    for photo in wide:
        left, right = (np.ascontiguousarray(photo[:, start : start + size]) for start in (0, PAN))
        turned = _warped(left, warp)
        noisy = [as_pixels(left + random.normal(0, SIGMA, left.shape)) for _ in range(2)]
        for style in styles:

            def clip(*frames: Pixels, style: int = style) -> list[NDArray[np.float32]]:
                painter.restart()
                return [painter.paint(frame, style).astype(np.float32) for frame in frames]

            first, second = clip(*noisy)
            gains.append(np.abs(first - second).mean() / np.abs(noisy[0].astype(np.float32) - noisy[1]).mean())
            still, moved = clip(left, right)
            pans.append(np.abs(moved[:, :-PAN] - still[:, PAN:]).mean() / 255)
            still, after = clip(left, turned)
            warps.append(float(warp.error(to_tensor(as_pixels(after)), warp(to_tensor(as_pixels(still))))))
    return Steadiness(float(np.mean(gains)), float(np.mean(pans)), float(np.mean(warps)))


def _seen(picture: Pixels) -> Tensor:
    """The picture reduced for comparison, [1, 3, LOOK, LOOK]; a smaller picture keeps its size."""
    pixels = to_tensor(picture)
    return F.avg_pool2d(pixels, max(1, pixels.shape[-1] // LOOK))


def similarity(a: Pixels, b: Pixels) -> float:
    """SSIM of two pictures."""
    return float(ssim(_seen(a), _seen(b)))


def _warped(photo: Pixels, warp: Warp) -> Pixels:
    moved = warp(to_tensor(photo))[0].permute(1, 2, 0).numpy() * 255
    return as_pixels(moved)


def agreement(a: AnyPainter, b: AnyPainter, photos: Sequence[Pixels], styles: Sequence[int]) -> list[float]:
    """SSIM between the pictures of two painters, one row for each style; it shows the loss by quantisation."""
    return [float(np.mean([similarity(a.paint(p, style), b.paint(p, style)) for p in photos])) for style in styles]


def strength_curve(
    painter: AnyPainter, photos: Sequence[Pixels], style: int, strengths: Sequence[float]
) -> list[float]:
    """SSIM to the photo at each strength, averaged over photos."""
    return [float(np.mean([similarity(painter.paint(p, style, s), p) for p in photos])) for s in strengths]


def mixes_between(
    paint_mix: Callable[[Pixels, dict[int, float]], Pixels],
    photos: Sequence[Pixels],
    pairs: Sequence[tuple[int, int]],
    teacher: Perceptual,
) -> float:
    """Share (0…1) of pairs × photos whose 50/50 mix is nearer to both styles than these are to each other.

    The distance of two painted pictures is their style distance, added up in both directions.
    """

    def apart(a: list[Tensor], b: list[Tensor]) -> float:
        return float(style_distance(a, [gram(f) for f in b]) + style_distance(b, [gram(f) for f in a]))

    held = []
    with torch.no_grad():
        for photo in photos:
            for first, second in pairs:
                mixes = ({first: 1.0}, {second: 1.0}, {first: 0.5, second: 0.5})
                one, other, mix = (teacher(_seen(paint_mix(photo, weights))) for weights in mixes)
                held.append(max(apart(mix, one), apart(mix, other)) < apart(one, other))
    return float(np.mean(held))
