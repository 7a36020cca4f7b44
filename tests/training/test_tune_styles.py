"""Vectors are fitted to a network that stays as it is."""

from typing import Any

import msgspec
import pytest

torch = pytest.importorskip("torch")

from installation.training.data import Photos, clip_frames  # noqa: E402
from installation.training.fitting import FitSettings  # noqa: E402
from installation.training.model import PaintModel  # noqa: E402
from installation.training.network import Architecture  # noqa: E402
from installation.training.recipe import load_recipe  # noqa: E402
from installation.training.tune_styles import tune_styles  # noqa: E402


def test_the_vector_that_asks_for_it_moves_and_nothing_else(teacher, tmp_path):
    from PIL import Image

    recipe = load_recipe()
    recipe = msgspec.structs.replace(recipe, styles=recipe.styles[:2], architecture=Architecture(stem=16, body=16))
    plain = msgspec.structs.replace(recipe.styles[0], likeness=1.0)
    asking = msgspec.structs.replace(recipe.styles[1], likeness=2.0)
    recipe = msgspec.structs.replace(recipe, styles=(plain, asking))
    for style, frame in zip(recipe.styles, clip_frames(), strict=False):
        Image.fromarray(frame).save(tmp_path / style.painting)
    torch.manual_seed(4)
    model = PaintModel(recipe.architecture, 2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    heard: list[Any] = []
    settings = FitSettings(steps=2, size=64, batch=1)
    photos = Photos.of(clip_frames())
    tune_styles(model, recipe, photos, teacher, tmp_path, heard.append, settings)
    assert [progress.done for progress in heard] == [1, 2]
    after = model.state_dict()
    assert not torch.equal(after["styles"][1], before["styles"][1])
    assert torch.equal(after["styles"][[0, 2]], before["styles"][[0, 2]])
    assert all(torch.equal(after[name], value) for name, value in before.items() if name != "styles")
