import base64
import io
import threading
import time

import numpy as np
import pytest
from PIL import Image

from installation.errors import StyleError
from installation.mirror.requests import Reloaded, RequestHandler
from installation.show.commands import Request
from tests.mirror.parts import FakeCollection, FakeFile, FakeStylizer, an_offer


class FakeHouse:
    def __init__(self):
        self.done = []
        self.answers = []
        self.shown = np.full((16, 16, 3), 90, np.uint8)
        self.gate = threading.Event()
        self.gate.set()
        self.broken = None

    def identify(self):
        self.done.append("identify")

    def restart(self):
        self.done.append("restart")

    def read_collection(self):
        self.gate.wait(10)
        if self.broken:
            raise self.broken
        return Reloaded(FakeCollection("new"), FakeFile, FakeStylizer(), an_offer("new"))

    def use(self, reloaded):
        self.done.append(reloaded.collection.names)

    def picture(self):
        return self.shown

    def respond(self, request, error=None, data=None):
        self.answers.append((request.transaction, error, data))


@pytest.fixture
def house():
    return FakeHouse()


def attend(handler, house, answers=1):
    deadline = time.monotonic() + 10
    while len(house.answers) < answers and time.monotonic() < deadline:
        handler.poll()
        time.sleep(0.005)


@pytest.mark.parametrize("op", ["identify", "restart"])
def test_quick_requests(house, op):
    RequestHandler(house, snapshots=False).handle(Request(op, transaction=5))
    assert house.done == [op]
    assert house.answers == [(5, None, None)]


def test_reload(house):
    handler = RequestHandler(house, snapshots=False)
    handler.handle(Request("reload", "a"))
    assert house.done == []
    attend(handler, house)
    assert house.done == [("new", "photo")]
    assert house.answers == [("a", None, {"styles": ["new"]})]


def test_a_broken_style_changes_nothing(house):
    house.broken = StyleError("scream.toml: is not TOML")
    handler = RequestHandler(house, snapshots=False)
    handler.handle(Request("reload", "a"))
    attend(handler, house)
    assert house.done == []
    assert house.answers == [("a", "scream.toml: is not TOML", None)]


def test_one_slow_thing_at_a_time(house):
    house.gate.clear()
    handler = RequestHandler(house, snapshots=False)
    handler.handle(Request("reload", 1))
    handler.handle(Request("reload", 2))
    assert [(transaction, bool(error)) for transaction, error, _ in house.answers] == [(2, True)]
    house.gate.set()
    attend(handler, house, 2)
    assert house.answers[1][:2] == (1, None)
    handler.handle(Request("reload", 3))
    attend(handler, house, 3)
    assert house.answers[2][:2] == (3, None)


def test_no_picture_leaves_the_device_unless_allowed(house):
    RequestHandler(house, snapshots=False).handle(Request("snapshot", 1))
    assert "not allowed" in house.answers[0][1]


def test_an_allowed_snapshot(house):
    handler = RequestHandler(house, snapshots=True)
    handler.handle(Request("snapshot", 1))
    attend(handler, house)
    _, error, data = house.answers[0]
    assert error is None
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["base64"]))))
    assert picture.shape == (16, 16, 3)
    assert abs(int(picture.mean()) - 90) < 4


def test_no_snapshot_without_a_picture(house):
    house.shown = None
    RequestHandler(house, snapshots=True).handle(Request("snapshot", 1))
    assert "no picture" in house.answers[0][1]
