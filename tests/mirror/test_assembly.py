"""A reload, from the files on disk to what a visitor can choose."""

from datetime import datetime

from installation.collection import Collection
from installation.mirror.assembly import make_stylizer, read_collection
from installation.network.tflite import NetworkFile
from installation.painter.denoise import Denoiser
from installation.painter.live import LivePainter
from installation.settings import parse
from installation.show.commands import SetStyle
from installation.show.director import Director
from installation.show.offer import Offer
from tests.builders import write_collection, write_style

NOON = datetime(2026, 11, 24, 12, 0)


def test_an_added_style_and_a_new_order_can_be_chosen_after_a_reload(tmp_path):
    folder = write_collection(tmp_path / "styles", "great-wave", "scream")
    settings = parse(
        {
            "network": {"weights": "int8", "threads": 1, "size": 192},
            "paths": {"collection": str(folder), "state": str(tmp_path)},
            "show": {"morph_seconds": 0.0},
        }
    )
    collection = Collection.load(folder)
    file = NetworkFile.load(collection.network_path)
    director = Director(settings.show, Offer.of(collection, settings.show), 0.0)

    write_style(folder, "added", file.sha256, collection["scream"].vector.tolist(), order=1)
    size = (192, 192)
    painter = LivePainter(
        collection, file, make_stylizer(file, collection, settings, size), Denoiser(size, settings.camera.denoise)
    )
    reloaded = read_collection(settings, painter)
    assert reloaded.offer.names == ("added", "great-wave", "scream", "photo")
    director.offer(reloaded.offer)
    director.obey(SetStyle("added"), 0.0)
    assert director.scene(0.0, NOON).style == "added"
