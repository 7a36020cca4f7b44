"""The README's moving picture fits its limit and shows every style that it is to."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from PIL import Image

from installation.errors import OutputError
from installation.training import readme_clip


def noise(count: int) -> list[Image.Image]:
    random = np.random.default_rng(5)
    return [Image.fromarray(random.integers(0, 256, (40, 80, 3), dtype=np.uint8)) for _ in range(count)]


def test_it_moves_and_lasts_as_long_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "clip.webp"
    size = readme_clip.write_clip(noise(4), 100, path)
    assert size == path.stat().st_size
    with Image.open(path) as clip:
        assert getattr(clip, "n_frames", 1) == 4
        assert clip.size == (80, 40)


def test_a_smaller_limit_costs_quality_and_in_the_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clip.webp"
    whole = readme_clip.write_clip(noise(3), 100, path)
    monkeypatch.setattr(readme_clip, "LARGEST", whole - 1)
    assert readme_clip.write_clip(noise(3), 100, path) < whole
    monkeypatch.setattr(readme_clip, "LARGEST", 100)
    with pytest.raises(OutputError, match="does not fit"):
        readme_clip.write_clip(noise(3), 100, tmp_path / "none.webp")
    assert not (tmp_path / "none.webp").exists()
