"""What a screen would show is what the mirror's own parts show."""

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from installation.collection import Collection
from installation.display import make_sheet
from installation.display.base import Caption, View
from installation.offline.clip import paint_clip
from installation.offline.wall import WallRendering
from installation.painter.still import StillPainter
from installation.settings import parse
from tests.builders import write_collection
from tests.offline.test_clip import write_clip

SCREEN = (640, 360)
MIX = {"scream": 1.0}


@pytest.fixture(scope="module")
def collection(tmp_path_factory) -> Collection:
    return Collection.load(write_collection(tmp_path_factory.mktemp("collection"), "scream"))


@pytest.fixture
def photo(tmp_path) -> Path:
    """A photo of exactly the size that class 192 paints on a screen of 16:9, red on the left and blue on the right."""
    pixels = np.random.default_rng(3).integers(0, 60, (144, 256, 3)).astype(np.uint8)
    pixels[:, :128, 0] += 180
    pixels[:, 128:, 2] += 180
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def render(collection, source, *, caption=False, screen=SCREEN, **display):
    settings = parse({"display": display, "page": {"url": "http://hub.example/"}})
    rendering = WallRendering(collection, settings, screen, 192, MIX, 1.0, caption=caption)
    return np.asarray(rendering.photo(source, lambda *_: None))


def test_a_photo_is_painted_and_shown_by_the_mirrors_own_parts(collection, photo):
    settings = parse({})
    pixels = np.asarray(Image.open(photo))
    painted = StillPainter(collection).paint_pixels(pixels, MIX, 1.0)
    wanted = make_sheet(*SCREEN, settings.display).draw(View(picture=np.ascontiguousarray(painted)))
    assert np.array_equal(render(collection, photo), wanted)


def difference(one, other):
    return float(np.abs(one.astype(int) - other).mean())


def test_it_is_a_mirror_unless_that_is_turned_off(collection, photo):
    mirrored = render(collection, photo, relief=0.0)
    plain = render(collection, photo, relief=0.0, mirror=False)
    assert difference(mirrored, plain[:, ::-1]) < 1 < difference(mirrored, plain)


@pytest.mark.parametrize("rotation", [90, 270])
def test_a_screen_that_hangs_on_its_side_is_seen_upright(collection, photo, rotation):
    turned = render(collection, photo, rotation=rotation, relief=0.0)
    upright = render(collection, photo, screen=(360, 640), relief=0.0)
    assert turned.shape == (640, 360, 3)
    assert difference(turned, upright) < 1


def test_the_caption_is_the_mirrors(collection, photo):
    style = collection["scream"]
    bare, captioned = render(collection, photo), render(collection, photo, caption=True)
    assert not np.array_equal(bare, captioned)
    painted = StillPainter(collection).paint_pixels(np.asarray(Image.open(photo)), MIX, 1.0)
    caption = Caption(style.title, style.artist, style.year, url="http://hub.example/")
    sheet = make_sheet(*SCREEN, parse({}).display)
    assert np.array_equal(captioned, sheet.draw(View(picture=np.ascontiguousarray(painted), caption=caption)))


@pytest.mark.parametrize(("screen", "size"), [((640, 360), (640, 360)), ((361, 239), (360, 238))])
def test_a_clip_fills_the_screen(collection, tmp_path, screen, size):
    rendering = WallRendering(collection, parse({}), screen, 192, MIX, 1.0)
    source, target = write_clip(tmp_path / "a.mp4", 96, 64, frames=4), tmp_path / "b.mp4"
    assert paint_clip(source, target, rendering.clip(source), lambda *_: None) == 4
    with av.open(str(target)) as clip:
        frames = list(clip.decode(video=0))
    assert [(frame.width, frame.height) for frame in frames] == [size] * 4
