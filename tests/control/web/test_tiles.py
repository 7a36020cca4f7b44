import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.errors import MediaError
from installation.frame import Pixels
from installation.training import tiles


def noise(photo: Pixels, name: str) -> Pixels:
    return np.random.default_rng(len(name)).integers(0, 256, (512, 512, 3), dtype=np.uint8)


def test_the_bundled_photo_is_a_square_of_the_size_that_is_painted() -> None:
    photo = tiles.load_photo(tiles.PHOTO)
    assert photo.shape == (512, 512, 3)
    assert photo.dtype == np.uint8


def test_even_noise_fits() -> None:
    data = tiles.encode(noise(np.zeros((1, 1, 3), np.uint8), "noise"))
    assert len(data) <= tiles.LARGEST_TILE
    assert Image.open(io.BytesIO(data)).width <= tiles.EDGE
    calm = tiles.encode(tiles.fake_painter(tiles.load_photo(tiles.PHOTO), "calm"))
    assert Image.open(io.BytesIO(calm)).size == (tiles.EDGE, tiles.EDGE)


def test_one_tile_a_name_and_stale_ones_go(tmp_path: Path) -> None:
    (tmp_path / "gone.webp").write_bytes(b"x")
    (tmp_path / "other.txt").write_bytes(b"x")
    photo = tiles.load_photo(tiles.PHOTO)
    written = tiles.write_tiles(["a", "b"], photo, tiles.fake_painter, tmp_path)
    assert [path.name for path in written] == ["a.webp", "b.webp"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.webp", "b.webp", "other.txt"]


def test_a_photo_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("no picture")
    with pytest.raises(MediaError, match="cannot be read"):
        tiles.load_photo(tmp_path / "photo.jpg")


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tiles.main(["--fake", "scream", "--output", str(tmp_path)]) == 0
    assert "scream.webp" in capsys.readouterr().out
    assert tiles.main(["--photo", str(tmp_path / "none.jpg"), "--fake", "a"]) == 1
    assert "none.jpg" in capsys.readouterr().err
