"""A print in a process of its own: what it paints, and what happens when that process does not."""

import io
import sys

import numpy as np
import pytest
from PIL import Image

from installation.collection import Collection
from installation.errors import InstallationError, OutputError
from installation.network.tflite import NetworkFile
from installation.painter.print_apart import PrintOrder, print_apart
from installation.painter.print_child import Breather, lowered, painted
from tests.builders import write_collection


@pytest.fixture
def look(tmp_path):
    collection = Collection.load(write_collection(tmp_path, "scream"))
    return NetworkFile.load(collection.network_path), collection.vector({"scream": 1.0}, 1.0)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_print_has_2048_pixels_and_says_nothing_of_itself():
    collection = Collection.load()
    file, vector = NetworkFile.load(collection.network_path), collection.vector({"photo": 1.0}, 1.0)
    pixels = np.zeros((96, 160, 3), np.uint8)
    pixels[:, :80] = 255
    brightness = []
    for flip in (False, True):
        picture = Image.open(io.BytesIO(print_apart(file, pixels, vector, flip=flip)))
        assert (picture.format, picture.size) == ("JPEG", (2048, 1229))
        assert not picture.getexif()
        seen = np.asarray(picture, int)
        brightness.append((seen[:, :1024].mean(), seen[:, 1024:].mean()))
    assert brightness[0][0] > brightness[0][1] + 100
    assert brightness[1][1] > brightness[1][0] + 100


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", r"was killed \(SIGKILL\); see whether memory"),
        ("raise SystemExit(3)", "ended with status 3"),
        ("print('nonsense')", "gave no picture"),
        ("import sys; sys.stdin.close(); raise SystemExit(1)", "ended with status 1"),
        ("import time; time.sleep(20)", "took longer than 2 s"),
    ],
)
def test_a_process_that_fails_is_one_sentence(look, script, says):
    file, vector = look
    with pytest.raises(OutputError, match=says):
        print_apart(file, np.zeros((64, 64, 3), np.uint8), vector, patience=2.0, command=(sys.executable, "-c", script))


def test_a_program_that_is_not_there(look):
    with pytest.raises(OutputError, match="does not start"):
        print_apart(look[0], np.zeros((64, 64, 3), np.uint8), look[1], command=("/nowhere/python",))


def test_it_rests_only_where_it_cannot_be_nice(monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("installation.painter.print_child.time.sleep", slept.append)
    Breather(True)(1, 2)
    assert not slept
    Breather(False)(1, 2)
    assert len(slept) == 1

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr("installation.painter.print_child.os.setpriority", refuse)
    assert not lowered()


def test_a_small_print_fits_into_the_bytes_that_are_left_for_it(look):
    file, vector = look
    pixels = np.random.default_rng(1).integers(0, 256, (96, 160, 3), np.uint8)
    order = PrintOrder(file.data, pixels.tobytes(), 96, 160, vector.astype(np.float32).tobytes(), True, 320, 30_000)
    data = painted(order, Breather(True))
    assert Image.open(io.BytesIO(data)).size == (320, 192)
    assert len(data) <= 30_000


def test_a_broken_network_gives_no_print():
    with pytest.raises(InstallationError):
        painted(PrintOrder(b"none", bytes(192), 8, 8, bytes(4), False), Breather(True))
