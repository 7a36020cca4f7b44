"""A new style is fitted to the shipped network, which stays as it is."""

import shutil

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tqdm")

from PIL import Image  # noqa: E402

from installation.collection import Collection, shipped  # noqa: E402
from installation.errors import StyleError, UsageError  # noqa: E402
from installation.training import add_style as module  # noqa: E402
from installation.training.add_style import NewStyle, add_style  # noqa: E402
from installation.training.data import clip_frames  # noqa: E402
from installation.training.fitting import FitSettings  # noqa: E402
from installation.training.tiles import EDGE, LARGEST_TILE  # noqa: E402


@pytest.fixture
def collection(tmp_path):
    folder = tmp_path / "styles"
    shutil.copytree(shipped(), folder, ignore=shutil.ignore_patterns("training", "*.md"))
    return Collection.load(folder)


@pytest.fixture
def painting(tmp_path):
    path = tmp_path / "painting.png"
    Image.fromarray(clip_frames()[0]).save(path)
    return path


def test_the_new_style_joins_and_the_network_is_untouched(collection, teacher, painting, monkeypatch):
    monkeypatch.setattr(module, "FitSettings", lambda: FitSettings(steps=3, size=64))
    before = collection.network_path.read_bytes()
    new = NewStyle("my-style", "My Style", "Somebody", "2026", "CC0-1.0")
    style, preview, distance = add_style(painting, new, collection, teacher, [])
    tile = style.with_suffix(".webp")
    assert tile.stat().st_size <= LARGEST_TILE
    with Image.open(tile) as picture:
        assert picture.size == (EDGE, EDGE)
    with Image.open(preview) as picture:
        assert picture.size == (512, 512)
    assert 0 < distance < 100
    assert collection.network_path.read_bytes() == before
    again = Collection.load(style.parent)
    assert again["my-style"].title == "My Style"
    assert not again.verify()
    assert not (again["my-style"].vector == collection["scream"].vector).all()


@pytest.mark.parametrize(("name", "error"), [("scream", StyleError), ("../up", UsageError), ("", UsageError)])
def test_a_name_that_is_taken_or_no_name_is_refused(collection, teacher, painting, name, error):
    with pytest.raises(error):
        add_style(painting, NewStyle(name, "T", "A", "Y", "L"), collection, teacher, [])
