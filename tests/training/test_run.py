"""A run goes on where it was broken off, also after its last step."""

import msgspec
import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytest.importorskip("tqdm")

from installation.training import run as module  # noqa: E402
from installation.training.data import held_out  # noqa: E402
from installation.training.network import Architecture  # noqa: E402
from installation.training.recipe import load_recipe  # noqa: E402


@pytest.fixture
def folders(tmp_path):
    photos, paintings = tmp_path / "photos", tmp_path / "paintings"
    photos.mkdir()
    paintings.mkdir()
    names = [photos / f"{index}.png" for index in range(100)]
    kept_back = next(path for path in names if held_out(path))
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8))
    for path in (kept_back, *[path for path in names if not held_out(path)][:2]):
        picture.save(path)
    return photos, paintings


def test_styles_are_tuned_after_all_if_that_was_broken_off(folders, teacher, tmp_path, monkeypatch):
    photos, paintings = folders
    recipe = load_recipe()
    schedule = msgspec.structs.replace(recipe.schedule, fp32_steps=1, int8_steps=1, int4_steps=1, size=64, batch=2)
    recipe = msgspec.structs.replace(
        recipe, schedule=schedule, styles=recipe.styles[:1], architecture=Architecture(stem=16, body=16)
    )
    Image.open(next(photos.iterdir())).save(paintings / recipe.styles[0].painting)
    tuned = []

    def tune(*_):
        tuned.append(1)
        if len(tuned) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "load_perceptual", lambda _: teacher)
    monkeypatch.setattr(module, "tune_styles", tune)
    with pytest.raises(KeyboardInterrupt):
        module.train(recipe, [photos], paintings, "teacher", tmp_path / "run")
    for _ in range(2):
        module.train(recipe, [photos], paintings, "teacher", tmp_path / "run")
    assert len(tuned) == 2, "broken off, done, and not again"
