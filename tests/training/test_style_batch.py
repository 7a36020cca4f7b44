"""What a batch asks for, and what a mix is to look like."""

import pytest

torch = pytest.importorskip("torch")

from installation.training.model import PaintModel  # noqa: E402
from installation.training.network import Architecture  # noqa: E402
from installation.training.paintings import PaintingTarget  # noqa: E402
from installation.training.style_batch import MIRRORS, MIXES, WEAKER, StyleBatch  # noqa: E402


def test_a_batch_asks_for_whole_styles_weaker_ones_mixes_and_the_mirror():
    batch = StyleBatch.draw(4000, 2, torch.Generator().manual_seed(1))
    mixed = batch.shares[:, 0] < 1
    assert torch.allclose(batch.shares.sum(1), torch.ones(4000))
    assert batch.shares.min() >= 0
    assert batch.shares[mixed].min() >= 0.25
    assert mixed.float().mean() == pytest.approx(MIXES, abs=0.03)
    assert (batch.strength == 0).float().mean() == pytest.approx(MIRRORS, abs=0.03)
    assert (batch.strength < 1).float().mean() == pytest.approx(WEAKER, abs=0.03)
    assert batch.strength[batch.strength > 0].min() >= 0.3


def test_what_a_mix_is_to_look_like_lies_between_its_styles():
    targets = [
        PaintingTarget([torch.rand(3, 3) for _ in range(4)], [torch.rand(3, 3)], torch.rand(6, 8), torch.rand(1, 8))
        for _ in range(2)
    ]
    model = PaintModel(Architecture(stem=16, body=16), 2)
    pairs, shares = torch.tensor([[0, 1], [1, 0]]), torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    batch = StyleBatch(pairs, shares, torch.tensor([1.0, 0.0]))
    wanted, vectors = batch.target(targets), batch.vectors(model)
    assert torch.allclose(wanted.coarse[2][0], targets[0].coarse[2])
    assert torch.allclose(wanted.coarse[2][1], (targets[0].coarse[2] + targets[1].coarse[2]) / 2)
    assert torch.allclose(wanted.colours[1], (targets[0].colours + targets[1].colours) / 2)
    assert torch.allclose(vectors[0], model.styles[0])
    assert torch.allclose(vectors[1], model.styles[-1])
