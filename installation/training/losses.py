"""Losses that need no teacher: structure, flicker, smoothness, distribution of colours and of fine detail."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)


def luma(pictures: Tensor) -> Tensor:
    """Luma [N, 1, H, W] of RGB pictures [N, 3, H, W]."""
    return (pictures * torch.tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def blurred(x: Tensor, sigma: float) -> Tensor:
    """Blur pictures [N, 1, H, W] with a Gaussian of σ pixels; beyond the border the edge pixels repeat."""
    reach = round(3 * sigma)
    taps = torch.exp(-(torch.arange(-reach, reach + 1.0) ** 2) / (2 * sigma**2))
    taps = taps / taps.sum()
    x = F.pad(x, (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(x, taps.view(1, 1, -1, 1)), taps.view(1, 1, 1, -1))


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Mean structural similarity of luma (Wang et al. 2004), Gaussian window of 11 pixels, σ 1.5; [N]."""
    taps = torch.exp(-((torch.arange(11.0) - 5) ** 2) / (2 * 1.5**2))
    taps = taps / taps.sum()

    def blur(x: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(x, taps.view(1, 1, 11, 1)), taps.view(1, 1, 1, 11))

    x, y = luma(a), luma(b)
    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    value = (2 * mean_x * mean_y + c1) * (2 * covariance + c2) / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    return value.mean((1, 2, 3))


FORM_SCALES = (2, 4)
"""Factors by which pictures of half size shrink for `form_error`: eyes and mouths are as large as its window then."""
_FAINT = 0.04
"""Deviation of a photo's luma that counts half as much as a strong one: that of a cheek."""


def form_error(painted: Tensor, photo: Tensor) -> Tensor:
    """How little the local luma of pictures follows that of the photos, where the photos have form; [N], 0…2.

    It is 1 − the local correlation (the structure term of multi-scale SSIM, Wang et al. 2003), with more
    weight where the photo's local deviation is large. Flat parts hardly count, so that strokes may lie there.
    """
    x, y = luma(photo), luma(painted)
    taps = torch.exp(-((torch.arange(9.0) - 4) ** 2) / (2 * 1.5**2))
    taps = taps / taps.sum()

    def blur(z: Tensor) -> Tensor:
        z = F.pad(z, (4, 4, 4, 4), mode="reflect")
        return F.conv2d(F.conv2d(z, taps.view(1, 1, 9, 1)), taps.view(1, 1, 1, 9))

    total = torch.zeros(len(x))
    for scale in FORM_SCALES:
        a, b = F.avg_pool2d(x, scale), F.avg_pool2d(y, scale)
        mean_a, mean_b = blur(a), blur(b)
        deviation_a = ((blur(a * a) - mean_a**2).clamp(min=0) + 1e-6).sqrt()
        deviation_b = ((blur(b * b) - mean_b**2).clamp(min=0) + 1e-6).sqrt()
        correlation = (blur(a * b) - mean_a * mean_b) / (deviation_a * deviation_b + 1e-4)
        weight = deviation_a / (deviation_a + _FAINT)
        weight = weight / (weight.mean((1, 2, 3), keepdim=True) + 0.1)
        total = total + (weight * (1 - correlation)).mean((1, 2, 3)) / len(FORM_SCALES)
    return total


STRIDES = (2.0, 4.0)
"""Distances from the middle at which two points are compared along the strokes, in cells of four pixels."""


def across_form(pictures: Tensor, directions: Tensor) -> Tensor:
    """How much pictures vary along the strokes, as a share of how much they vary at all; [N], 0…1.

    Marks that run along the form give a small value, and dots 0.5. ``pictures`` are [N, 3, H, W], ``directions``
    [N, 2, rows, columns] are unit vectors (x, y) along the strokes, at any number of positions.
    """
    turned = torch.stack((-directions[:, 1], directions[:, 0]), 1)
    along, across = (_change(pictures, way, STRIDES[0]).mean((1, 2)) for way in (directions, turned))
    return along / (along + across + 1e-3)


def along_form(pictures: Tensor, photos: Tensor, directions: Tensor) -> Tensor:
    """How much more pictures vary along the strokes than their photos do, in units of the pictures' contrast; [N].

    Blobs and dots give a large value, long strokes and what is in the photo a small one. All are as for `across_form`.
    """
    strength = contrast(pictures).detach() + 0.02
    gain = (strength / (contrast(photos) + 0.02)).view(-1, 1, 1)
    excess = [
        (_change(pictures, directions, stride) - gain * _change(photos, directions, stride)).clamp(min=0).mean((1, 2))
        for stride in STRIDES
    ]
    return torch.stack(excess).mean(0) / strength


def outlines(bare: Tensor, photos: Tensor) -> Tensor:
    """How much more fine detail pictures painted without bristles have than their photos, in units of contrast; [N].

    Such detail is a thin line around a mark: the furrows of a brush come from the bristles.
    """
    strength = contrast(bare).detach() + 0.02
    gain = (strength / (contrast(photos) + 0.02)).view(-1, 1, 1, 1)
    excess = (_fine(bare).abs() - gain * _fine(photos).abs()).clamp(min=0)
    return excess.mean((1, 2, 3)) / strength


def tint(painted: Tensor, bare: Tensor) -> Tensor:
    """How much colour, apart from luma, the bristles add to pictures, in units of contrast; [N].

    ``bare`` are the same pictures painted without bristles. A furrow is a shadow in the paint, not another paint.
    """
    strength = contrast(bare).detach() + 0.02
    change = painted - bare
    return (change - luma(change)).abs().mean((1, 2, 3)) / strength


def reversal(painted: Tensor, half: Tensor, bare: Tensor) -> Tensor:
    """How often a colour turns back while the bristles rise, in units of contrast; [N].

    The pictures are painted with bristles of full and of half height, and with none. Where the second half of the
    height takes back what the first half did, every furrow has a line around it.
    """
    first, second = half - bare, painted - half
    back = torch.minimum(first.abs(), second.abs()) * (first * second < 0)
    return back.mean((1, 2, 3)) / (contrast(painted).detach() + 0.02)


def shown(pictures: Tensor) -> Tensor:
    """Pictures [N, 3, H, W] softened as the screen softens them: [1 2 1]⊗[1 2 1]/16 makes cells of two pixels even."""
    taps = torch.tensor([1.0, 2.0, 1.0]) / 4
    channels = F.pad(pictures, (1, 1, 1, 1), mode="replicate").flatten(0, 1)[:, None]
    return F.conv2d(channels, (taps[:, None] * taps)[None, None]).view_as(pictures)


def _fine(pictures: Tensor) -> Tensor:
    """What a blur of σ `FINE` takes away from each channel; the shape of ``pictures``."""
    channels = pictures.flatten(0, 1)[:, None]
    return (channels - blurred(channels, FINE)).view_as(pictures)


def _change(pictures: Tensor, way: Tensor, stride: float) -> Tensor:
    """Mean absolute difference of two points, ``stride`` cells from each cell on both ways: [N, H / 4, W / 4]."""
    small = F.avg_pool2d(pictures, 4)
    rows, columns = small.shape[2:]
    still = F.affine_grid(torch.eye(2, 3)[None], [1, 3, rows, columns], align_corners=False)
    # Not bilinear: opposite vectors mean the same direction, but their average is zero.
    way = F.interpolate(way, (rows, columns), mode="nearest")
    step = way.permute(0, 2, 3, 1) * (2 * stride / torch.tensor([columns, rows]))
    ends = (F.grid_sample(small, still + side * step, padding_mode="border", align_corners=False) for side in (1, -1))
    first, second = ends
    return (first - second).abs().mean(1)


def total_variation(x: Tensor) -> Tensor:
    """Mean absolute difference of vertical neighbours plus that of horizontal neighbours; [N]."""
    return (x[:, :, 1:] - x[:, :, :-1]).abs().mean((1, 2, 3)) + (x[:, :, :, 1:] - x[:, :, :, :-1]).abs().mean((1, 2, 3))


_AXES = torch.tensor(
    [[0.299, 0.587, 0.114], [0.5, -0.419, -0.081], [-0.169, -0.331, 0.5], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
)
"""Luma, two axes of chroma, and red, green, blue."""
QUANTILES = 512


FINE = 1.5
"""Fine detail is what a Gaussian blur of this σ removes, in pixels of a picture of class 512."""


def colour_quantiles(picture: Tensor) -> Tensor:
    """Quantiles [N, 6, QUANTILES] of the pixels of pictures [N, 3, H, W] along six colour axes."""
    return _quantiles(_AXES @ picture.flatten(2))


def detail_quantiles(picture: Tensor) -> Tensor:
    """Quantiles [N, 1, QUANTILES] of the fine detail of luma of pictures [N, 3, H, W]."""
    gray = luma(picture)
    return _quantiles((gray - blurred(gray, FINE)).flatten(2))


def _quantiles(values: Tensor) -> Tensor:
    return F.interpolate(values.sort(2).values, QUANTILES, mode="linear", align_corners=True)


def distribution_distance(quantiles: Tensor, wanted: Tensor) -> Tensor:
    """Wasserstein-1 distance between two distributions, mean over axes; [N].

    Both are given by their quantiles [N, axes, QUANTILES].
    """
    return (quantiles - wanted).abs().mean((1, 2))


def contrast(picture: Tensor) -> Tensor:
    """Standard deviation of luma; [N]."""
    return luma(picture).flatten(1).std(1)


def weave(picture: Tensor, period: int = 4) -> Tensor:
    """Strength of any pattern that repeats every ``period`` pixels over areas of eight periods; [N].

    Such a pattern comes from the network's grid, not from paint. Each colour channel counts by itself, because a
    pattern of yellow and blue may be even in luma.
    """
    fine = picture - F.avg_pool2d(F.pad(picture, (period // 2,) * 4, mode="replicate"), period + 1, 1)
    cells = F.pixel_unshuffle(fine, period)
    return F.avg_pool2d(cells, 8).abs().mean((1, 2, 3))


class Warp:
    """A known motion of square pictures: shift, zoom and rotation about the centre.

    ``shift`` is (x, y) in pixels, ``angle`` in radians, ``size`` the edge in pixels. ``mask`` [1, 1, size, size] is 1
    where the moved picture shows something that was in view before, else 0.
    """

    def __init__(self, shift: tuple[float, float], zoom: float, angle: float, size: int) -> None:
        c, s = zoom * torch.cos(torch.tensor(angle)), zoom * torch.sin(torch.tensor(angle))
        matrix = torch.stack(
            [
                torch.stack([c, -s, torch.tensor(2 * shift[0] / size)]),
                torch.stack([s, c, torch.tensor(2 * shift[1] / size)]),
            ]
        )
        self._matrix = matrix
        self._grid = F.affine_grid(matrix[None], [1, 3, size, size], align_corners=False)
        inside = self._grid.abs().amax(-1) < 1 - 4 / size
        self.mask = inside[:, None].float()

    @classmethod
    def random(cls, size: int, generator: torch.Generator) -> "Warp":
        """Half the time a shift by whole pixels (no interpolation), else a shift, a zoom and a rotation."""
        u = torch.rand(5, generator=generator).tolist()
        reach = size * 7 // 160
        shift = (round(reach * (2 * u[0] - 1)), round(reach * (2 * u[1] - 1)))
        if u[2] < 0.5:
            return cls(shift, 1.0, 0.0, size)
        return cls(shift, 0.94 + 0.12 * u[3], 0.1 * (u[4] - 0.5), size)

    def __call__(self, x: Tensor) -> Tensor:
        """Move pictures [N, 3, H, W]."""
        grid = self._grid.expand(len(x), -1, -1, -1)
        return F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)

    def displacement(self, shape: tuple[int, int], margins: tuple[int, int]) -> NDArray[np.float32]:
        """For each position of a canvas, the offset (x, y) to the position its content came from.

        ``shape`` is (rows, columns) of the canvas; ``margins`` are the positions above and left of the picture, and
        those below and right of it.

        Returns:
            [rows, columns, 2], in positions.
        """
        inner = shape[0] - sum(margins)
        x, y = np.meshgrid(*(np.arange(edge) for edge in shape[::-1]))
        u, v = ((2 * (place - margins[0]) + 1) / inner - 1 for place in (x, y))
        (a, b, c), (d, e, f) = self._matrix.tolist()
        moved = np.stack((a * u + b * v + c - u, d * u + e * v + f - v), -1)
        return (moved * (inner / 2)).astype(np.float32)

    def error(self, a: Tensor, b: Tensor) -> Tensor:
        """Mean absolute difference of ``a`` and ``b`` [N, C, H, W] inside the mask; a scalar."""
        return ((a - b).abs() * self.mask).sum() / (self.mask.sum() * a.shape[0] * a.shape[1])
