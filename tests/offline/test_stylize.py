import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.collection import Collection
from installation.offline.rendering import FittedRendering
from installation.offline.stylize import Result, StylizeJob, gather
from installation.painter.still import StillPainter, fitting_size
from tests.builders import write_collection
from tests.pictures import read_picture


@pytest.fixture(scope="module")
def painter(tmp_path_factory) -> StillPainter:
    return StillPainter(Collection.load(write_collection(tmp_path_factory.mktemp("collection"), "scream")))


@pytest.fixture
def paint(painter, tmp_path):
    """Paints what it is given and returns the results."""

    def run(*inputs: Path, size: int = 128) -> list[Result]:
        sources, failed = gather(inputs)
        job = StylizeJob({"scream": lambda: FittedRendering(painter, {"scream": 1.0}, 1.0, size)})
        return failed + job.run(sources, tmp_path / "out", lambda *_: None)

    return run


def save(path: Path, size=(90, 60), mode="RGB", **options) -> Path:
    width, height = size
    ramp = np.linspace(0, 255, width, dtype=np.uint8)[None].repeat(height, 0)
    Image.fromarray(ramp).convert(mode).save(path, **options)
    return path


def test_a_photo_keeps_its_aspect(paint, tmp_path):
    [result] = paint(save(tmp_path / "a.jpg", (90, 61)))
    assert (result.output, result.problem) == (tmp_path / "out" / "a-scream.jpg", "")
    picture = read_picture(result.output)
    assert (picture.size, picture.mode, picture.format) == ((128, 87), "RGB", "JPEG")
    assert np.asarray(picture).std() > 1


@pytest.mark.parametrize(("size", "result"), [((1, 1), (128, 128)), ((1, 900), (1, 128)), ((3000, 20), (128, 1))])
def test_odd_shapes(paint, tmp_path, size, result):
    [done] = paint(save(tmp_path / "odd.png", size))
    assert read_picture(done.output).size == result


@pytest.mark.parametrize(
    ("name", "mode", "written"),
    [
        ("cmyk.jpg", "CMYK", "cmyk-scream.jpg"),
        ("clear.png", "RGBA", "clear-scream.png"),
        ("grey.tif", "L", "grey-scream.png"),
        ("deep.png", "I;16", "deep-scream.png"),
        ("palette.gif", "P", "palette-scream.png"),
        ("loud.JPEG", "RGB", "loud-scream.jpeg"),
        ("web.webp", "RGB", "web-scream.webp"),
    ],
)
def test_kinds_of_photos(paint, tmp_path, name, mode, written):
    [result] = paint(save(tmp_path / name, mode=mode))
    assert result.output is not None, result.problem
    assert result.output.name == written
    assert read_picture(result.output).size == (128, 85)


def test_a_photo_on_its_side_is_painted_upright(paint, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    [result] = paint(save(tmp_path / "side.jpg", (90, 60), exif=exif))
    assert read_picture(result.output).size == (85, 128)


def test_what_fails_does_not_keep_the_others_from_being_painted(paint, tmp_path):
    good = save(tmp_path / "good.jpg")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(good.read_bytes()[:300])
    text = tmp_path / "text.jpg"
    text.write_text("hello")
    noclip = tmp_path / "noclip.mp4"
    noclip.write_text("hello")
    results = {result.source.name: result for result in paint(tmp_path / "none.jpg", broken, text, noclip, good)}
    assert results.pop("good.jpg").output is not None
    assert set(results) == {"none.jpg", "broken.jpg", "text.jpg", "noclip.mp4"}
    for result in results.values():
        assert result.output is None
        assert str(result.source) in result.problem
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["good-scream.jpg"], "nothing half-written stays"


def test_a_huge_photo_is_refused_before_it_is_decoded(paint, tmp_path):
    path = tmp_path / "huge.png"
    save(path)
    content = bytearray(path.read_bytes())
    content[16:24] = struct.pack(">II", 20_000, 20_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path.write_bytes(content)
    [result] = paint(path)
    assert "million pixels; scale it down first" in result.problem


def test_folders_are_gathered_in_order(tmp_path):
    for name in ("b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "clip.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "sub.jpg").mkdir()
    sources, failed = gather([tmp_path, tmp_path / "b.jpg"])
    assert [source.name for source in sources] == ["a.PNG", "b.jpg", "clip.mp4"]
    assert failed == []


def test_missing_and_empty_inputs_are_told(tmp_path):
    (tmp_path / "empty").mkdir()
    sources, failed = gather([tmp_path / "none", tmp_path / "empty"])
    assert sources == []
    assert "there is no such photo, video or folder" in failed[0].problem
    assert "holds no photo and no video" in failed[1].problem


def test_results_never_replace_a_source_or_each_other(paint, painter, tmp_path):
    photos = [save(tmp_path / name, mode="L") for name in ("a.gif", "a.png", "a.bmp", "a-scream.png")]
    before = [photo.read_bytes() for photo in photos]
    job = StylizeJob({"scream": lambda: FittedRendering(painter, {"scream": 1.0}, 1.0, 128)})
    results = job.run(photos, tmp_path, lambda *_: None)
    assert [result.output.name for result in results if result.output] == [
        "a-scream-2.png", "a-scream-3.png", "a-scream-4.png", "a-scream-scream.png"
    ]  # fmt: skip
    assert [photo.read_bytes() for photo in photos] == before


def test_results_of_an_earlier_run_are_replaced_only_when_asked(painter, tmp_path):
    looks = {"scream": lambda: FittedRendering(painter, {"scream": 1.0}, 1.0, 128)}
    photo, out = save(tmp_path / "a.jpg"), tmp_path / "out"
    [first] = StylizeJob(looks).run([photo], out, lambda *_: None)
    assert first.output is not None
    first.output.write_bytes(b"dear to somebody")
    [again] = StylizeJob(looks).run([photo], out, lambda *_: None)
    assert again.output is None
    assert again.problem == f"{first.output}: is there already; choose another folder, or add --replace"
    assert first.output.read_bytes() == b"dear to somebody"
    [last] = StylizeJob(looks, replace=True).run([photo], out, lambda *_: None)
    assert last.output is not None
    assert read_picture(last.output).size == (128, 85)


def test_painting_is_the_same_whatever_was_painted_before(painter):
    photo = Image.fromarray(np.random.default_rng(1).integers(0, 255, (77, 99, 3), np.uint8))
    first = np.asarray(painter.paint(photo, {"scream": 1.0}, 1.0))
    painter.paint(photo.resize((64, 200)), {"photo": 1.0}, 0.5)
    np.testing.assert_array_equal(np.asarray(painter.paint(photo, {"scream": 1.0}, 1.0)), first)


@pytest.mark.parametrize(
    ("size", "longest", "multiple", "fitting"),
    [
        ((3000, 2000), 512, 1, (512, 341)),
        ((2000, 3000), 512, 2, (342, 512)),
        ((5, 5), 512, 1, (512, 512)),
        ((1, 9999), 512, 1, (1, 512)),
        ((9999, 1), 512, 2, (512, 2)),
    ],
)
def test_fitting_sizes(size, longest, multiple, fitting):
    width, height = size
    assert fitting_size(width, height, longest, multiple) == fitting


def test_a_print_is_painted_in_tiles_and_a_video_that_large_is_refused(paint, tmp_path):
    (tmp_path / "clip.mp4").touch()
    results = paint(save(tmp_path / "a.jpg", (300, 30)), tmp_path / "clip.mp4", size=3900)
    assert read_picture(results[0].output).size == (3900, 390)
    assert "videos are painted with at most 3840 pixels" in results[1].problem
