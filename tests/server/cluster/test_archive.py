"""An archive painted by Ray Data on a Ray of this machine; in Ray's own environment, as test_ray.py."""

import io

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("ray", reason="Ray's environment only: ray is not installed")

from deploy.server.archive import ORDER, Folder, blocks, main
from installation.server.engine import Job
from tests.server.conftest import alike, file_of, pixels, portrait

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.usefixtures("local_ray")]


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    for name in ("a.png", "a.tiff", "rooms/east/b.png", "rooms/c.png"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file_of(portrait(), "TIFF" if name.endswith("tiff") else "PNG"))
    (folder / "list.txt").write_text("no photo")
    return folder


def paint(source, target, *options: str) -> int:
    return main([str(source), str(target), "--size", "256", "--format", "image/png", *options])


def test_every_photo_is_painted_as_the_service_paints_it_and_keeps_its_place(photos, tmp_path, engine, collection):
    style = collection.names[1]
    assert paint(photos, tmp_path / "pictures", "--style", style) == 0
    found = sorted(str(file.relative_to(tmp_path / "pictures")) for file in (tmp_path / "pictures").rglob("*.*"))
    assert found == ["a.png.png", "a.tiff.png", ORDER, "rooms/c.png.png", "rooms/east/b.png.png"]
    [expected] = engine.paint([Job(pixels(), collection[style].vector)])
    with Image.open(tmp_path / "pictures" / "rooms" / "c.png.png") as picture:
        assert alike(np.asarray(picture), expected)


def test_a_second_run_paints_only_what_is_missing(photos, tmp_path):
    target = tmp_path / "pictures"
    assert paint(photos, target) == 0
    kept, lost = target / "a.png.png", target / "rooms" / "c.png.png"
    kept.write_bytes(b"untouched")
    lost.unlink()
    assert paint(photos, target) == 0
    assert kept.read_bytes() == b"untouched"
    assert Image.open(lost).size == (256, 256)


def test_other_options_are_refused_in_a_folder_that_was_begun(photos, tmp_path, capsys):
    assert paint(photos, tmp_path / "pictures") == 0
    assert paint(photos, tmp_path / "pictures", "--strength", "0.5") == 2
    assert "choose another folder" in capsys.readouterr().err


def test_a_damaged_photo_is_named_and_the_others_are_painted(photos, tmp_path, capsys):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8 cut off")
    assert paint(photos, tmp_path / "pictures") == 1
    assert capsys.readouterr().err.startswith("broken.jpg: ")
    assert len(list((tmp_path / "pictures").rglob("*.png"))) == 4


@pytest.mark.parametrize(
    ("source", "sentence"), [("nowhere", "holds no photos"), ("gopher://museum/photos", "is no folder and no path")]
)
def test_a_wrong_place_is_one_sentence(tmp_path, capsys, source, sentence):
    assert paint(source if "://" in source else tmp_path / source, tmp_path / "pictures") == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error


def test_an_unknown_style_is_refused_before_ray_does_anything(photos, tmp_path, capsys):
    assert paint(photos, tmp_path / "pictures", "--style", "scram") == 2
    assert "did you mean" in capsys.readouterr().err
    assert not (tmp_path / "pictures").exists()


def test_every_worker_gets_work():
    assert blocks(1, 2) == 1
    assert blocks(9, 2) == 2
    assert blocks(1000, 4) == 125


def test_an_s3_like_path_is_read_and_written(photos, monkeypatch):
    moto = pytest.importorskip("moto.server", reason="Ray's environment only: moto is not installed")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        query = f"?endpoint_override={host}:{port}&scheme=http&region=us-east-1&allow_bucket_creation=true"
        bucket = f"s3://key:secret@museum/{{}}{query}"
        source = Folder.of(bucket.format("photos"))
        for file in photos.rglob("*.png"):
            source.write(str(file.relative_to(photos)), file.read_bytes())
        assert paint(bucket.format("photos"), bucket.format("pictures")) == 0
        target = Folder.of(bucket.format("pictures"))
        assert target.names() == ["a.png.png", ORDER, "rooms/c.png.png", "rooms/east/b.png.png"]
        assert Image.open(io.BytesIO(target.read("a.png.png", 10**7))).size == (256, 256)
    finally:
        server.stop()
