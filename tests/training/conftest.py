"""A teacher small enough for tests."""

import pytest


@pytest.fixture
def teacher():
    torch = pytest.importorskip("torch")
    from installation.training.perceptual import Perceptual

    torch.manual_seed(0)
    shapes = {0: (4, 3), 2: (4, 4), 5: (8, 4), 7: (8, 8), 10: (8, 8), 12: (8, 8)}
    weights = {f"features.{i}.weight": torch.randn(o, c, 3, 3) * 0.2 for i, (o, c) in shapes.items()}
    weights |= {f"features.{i}.bias": torch.zeros(o) for i, (o, _) in shapes.items()}
    return Perceptual(weights, (3, 8, 11, 13))
