from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.collection import Collection, shipped
from installation.control.web import thumbnails


def test_the_paintings_that_are_there_become_small_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = Collection.load(shipped())["scream"].source
    noise = np.random.default_rng(1).integers(0, 256, (700, 900, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / source)
    assert thumbnails.main([str(tmp_path), "--output", str(tmp_path)]) == 0
    assert "1 pictures in" in (told := capsys.readouterr()).out
    assert "hokusai_great_wave" in told.err
    assert source not in told.err
    assert (tmp_path / "scream.webp").stat().st_size <= thumbnails.LARGEST
    with Image.open(tmp_path / "scream.webp") as picture:
        assert max(picture.size) <= thumbnails.EDGE


def test_a_painting_that_is_none_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / Collection.load(shipped())["scream"].source).write_text("no picture")
    assert thumbnails.main([str(tmp_path), "--output", str(tmp_path)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
