"""Losses beside the teacher's: structure, flicker, smoothness."""

import torch
import torch.nn.functional as F
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)


def luma(pictures: Tensor) -> Tensor:
    """[N, 1, H, W] of [N, 3, H, W]."""
    return (pictures * torch.tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


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


def total_variation(x: Tensor) -> Tensor:
    """Mean absolute difference of neighbours; [N]."""
    return (x[:, :, 1:] - x[:, :, :-1]).abs().mean((1, 2, 3)) + (x[:, :, :, 1:] - x[:, :, :, :-1]).abs().mean((1, 2, 3))


class Warp:
    """A known motion: shift, zoom and rotation about the centre, with the mask of what stays in view."""

    def __init__(self, shift: tuple[float, float], zoom: float, angle: float, size: int) -> None:
        c, s = zoom * torch.cos(torch.tensor(angle)), zoom * torch.sin(torch.tensor(angle))
        matrix = torch.stack(
            [
                torch.stack([c, -s, torch.tensor(2 * shift[0] / size)]),
                torch.stack([s, c, torch.tensor(2 * shift[1] / size)]),
            ]
        )
        self._grid = F.affine_grid(matrix[None], [1, 3, size, size], align_corners=False)
        inside = self._grid.abs().amax(-1) < 1 - 4 / size
        self.mask = inside[:, None].float()

    @classmethod
    def random(cls, size: int, generator: torch.Generator) -> "Warp":
        """Half the time a shift by whole pixels (no interpolation), else zoom and rotation as well."""
        u = torch.rand(5, generator=generator).tolist()
        shift = (round(14 * u[0] - 7), round(14 * u[1] - 7))
        if u[2] < 0.5:
            return cls(shift, 1.0, 0.0, size)
        return cls(shift, 0.94 + 0.12 * u[3], 0.1 * (u[4] - 0.5), size)

    def __call__(self, x: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] as they look after the motion."""
        grid = self._grid.expand(len(x), -1, -1, -1)
        return F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)

    def error(self, a: Tensor, b: Tensor) -> Tensor:
        """Mean absolute difference where the motion left something in view."""
        return ((a - b).abs() * self.mask).sum() / (self.mask.sum() * a.shape[0] * a.shape[1])
