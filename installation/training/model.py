"""The model that training changes: the network and its style vectors."""

import torch
from torch import Tensor, nn

from installation.training.network import Architecture, PaintNetwork


class PaintModel(nn.Module):
    """The network and its style vectors [styles + 1, K]; the last one is ``photo``, the identity."""

    def __init__(self, architecture: Architecture, styles: int) -> None:
        super().__init__()
        self.network = PaintNetwork(architecture)
        scales = torch.ones(styles + 1, architecture.style_length)
        start = 0
        for channels in architecture.adain_channels:
            start += channels
            scales[:, start : start + channels] = 0.0
            start += channels
        # At first, half of each picture comes from the paint and half from the photo itself.
        scales[:, start:] = 0.5
        self.styles = nn.Parameter(scales + 0.1 * torch.randn_like(scales))

    def mixed(self, index: Tensor, strength: Tensor) -> Tensor:
        """Style vectors [N, K] of the styles at ``index`` [N], at a strength [N] between ``photo`` and the style."""
        return self.between(self.styles[index], strength)

    def between(self, vectors: Tensor, strength: Tensor) -> Tensor:
        """Interpolate between ``photo`` (strength 0) and vectors [N, K] of styles or mixes (strength 1); [N, K]."""
        photo = self.styles[-1]
        return photo + strength[:, None] * (vectors - photo)
