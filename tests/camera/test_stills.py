import numpy as np
import pytest
from PIL import Image

from installation.camera.stills import StillsCamera
from installation.errors import CameraMissing, EndOfStream


@pytest.fixture
def folder(tmp_path):
    """Two photos with a gradient across, one reddish and one bluish, a broken one and a text."""
    ramp = np.linspace(0, 250, 90).astype(np.uint8)
    for name, channel in (("a.png", 0), ("c.jpg", 2)):
        pixels = np.zeros((60, 90, 3), np.uint8)
        pixels[..., channel] = 250
        pixels[..., 1] = ramp
        Image.fromarray(pixels).save(tmp_path / name)
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff broken")
    (tmp_path / "notes.txt").write_text("not a photo")
    return tmp_path


def test_photos_in_turn_each_panned(folder, caplog):
    camera = StillsCamera(folder, 32, 10, seconds=1.0, paced=False)
    camera.open()
    pictures = [camera.read().pixels.copy() for _ in range(40)]
    assert all(picture.shape == (32, 32, 3) for picture in pictures)
    for first in (0, 20):
        assert pictures[first][..., 0].mean() > 200
        assert pictures[first][..., 2].mean() < 50
        assert pictures[first + 10][..., 2].mean() > 200
    assert not np.array_equal(pictures[0], pictures[5])
    assert caplog.text.count("b.jpg") == 1


def test_the_view_never_leaves_the_photo(folder):
    camera = StillsCamera(folder / "a.png", 32, 10, seconds=2.0, paced=False)
    camera.open()
    for _ in range(60):
        assert camera.read().pixels[..., 0].min() > 200


def test_once_only(folder):
    camera = StillsCamera(folder, 32, 10, seconds=0.2, loop=False, paced=False)
    camera.open()
    for _ in range(4):
        camera.read()
    with pytest.raises(EndOfStream):
        camera.read()


def test_new_photos_appear_in_the_next_round(folder):
    camera = StillsCamera(folder, 16, 10, seconds=0.1, paced=False)
    camera.open()
    camera.read()
    Image.new("RGB", (30, 30), (0, 255, 0)).save(folder / "z.png")
    camera.read()
    colours = [camera.read().pixels.mean(axis=(0, 1)) for _ in range(3)]
    assert any(colour[1] > 240 and colour[0] < 10 for colour in colours)


def test_one_pixel_and_slivers(tmp_path):
    for size in ((1, 1), (1, 400), (400, 1), (3, 2)):
        path = tmp_path / "photo.png"
        Image.new("RGB", size, (10, 200, 30)).save(path)
        camera = StillsCamera(path, 16, 10, paced=False)
        camera.open()
        assert np.abs(camera.read().pixels.astype(int) - (10, 200, 30)).max() <= 1


def test_nothing_to_show(tmp_path):
    with pytest.raises(CameraMissing, match="check the path"):
        StillsCamera(tmp_path / "none", 16, 10).open()
    with pytest.raises(CameraMissing, match="holds no photos"):
        StillsCamera(tmp_path, 16, 10).open()
    (tmp_path / "a.jpg").write_text("broken")
    with pytest.raises(CameraMissing, match="no photo that can be read"):
        StillsCamera(tmp_path, 16, 10).open()
