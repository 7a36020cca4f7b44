"""The sizer between a real painter, a capture that obeys and a screen that can be turned."""

from types import SimpleNamespace

import numpy as np
import pytest

from installation.errors import NetworkFileError
from installation.mirror.governor import ClassGovernor
from installation.mirror.sizing import PictureSizer
from installation.painter.denoise import Denoiser
from installation.painter.live import LivePainter
from installation.show.director import Scene
from tests.fakes import Fake
from tests.mirror.parts import FakeCollection, FakeFile, FakeStylizer

SCENE = Scene(mix={"great-wave": 1.0}, style="great-wave", strength=1.0, phase="visitor", attract=True, held=False)
CLASSES = (64, 96, 128)


class Capture(Fake):
    """Gives frames of the size it was asked for, one frame late."""

    def __init__(self):
        self.captured = 0
        self.size = self.next = (64, 64)

    def resize(self, size):
        self.next = size

    def frame(self):
        self.captured += 1
        size, self.size = self.size, self.next
        return np.full((*size, 3), 50, np.uint8)


class Rig:
    def __init__(self, monkeypatch, open_stylizer=None, start=64):
        monkeypatch.setattr("installation.mirror.sizing.class_size", self.size_of)
        self.capture, self.display = Capture(), SimpleNamespace(canvas=(100, 100))
        self.stylizer = FakeStylizer(start)
        self.painter = LivePainter(FakeCollection(), FakeFile, self.stylizer, Denoiser(start, 0.0))
        self.governor = ClassGovernor(start, CLASSES, 30.0, "at start")
        self.opened = []
        self.heat: tuple[float | None, bool | None] = (None, None)
        self.sizer = PictureSizer(
            self.governor,
            self.painter,
            self.capture,
            self.display,
            open_stylizer or self.open,
            lambda: self.heat,
        )
        self.now = 0.0
        self.shapes = []
        self.unpainted = 0

    @staticmethod
    def size_of(cost_class, aspect):
        return (cost_class, cost_class) if aspect == 1 else (cost_class, cost_class * 2)

    def open(self, file, choice, size):
        self.opened.append(size)
        return FakeStylizer(size)

    def run(self, seconds, *, painting=True, busy=0.001):
        """Thirty frames a second; joins the background work, so that it is done by the next frame."""
        for _ in range(int(seconds * 30)):
            self.now += 1 / 30
            painted = painting and self.painter.paint(self.capture.frame(), SCENE)
            if painted:
                picture = self.painter.picture
                assert picture is not None
                self.shapes.append(picture.shape[:2])
            else:
                self.unpainted += 1
            self.sizer.poll(self.now, painting, busy if painted else None)
            if self.sizer._task is not None:
                self.sizer._task._thread.join()


@pytest.fixture
def rig(monkeypatch):
    return Rig(monkeypatch)


def test_room_brings_a_larger_picture_without_a_gap(rig):
    rig.run(60)
    assert rig.sizer.cost_class == 128
    assert "left room" in rig.sizer.reason
    assert list(dict.fromkeys(rig.shapes)) == [(64, 64), (96, 96), (128, 128)]
    assert rig.unpainted == 0
    assert rig.capture.size == (128, 128)


def test_load_brings_a_smaller_one(monkeypatch):
    rig = Rig(monkeypatch, start=64)
    rig.run(60)
    rig.heat = (90.0, None)
    rig.run(15)
    assert rig.sizer.cost_class == 96
    assert rig.sizer.reason == "90 °C is too hot"
    assert rig.shapes[-1] == (96, 96)


def test_a_screen_of_another_shape_gets_a_picture_of_its_shape(rig):
    rig.display.canvas = (200, 100)
    rig.run(5)
    assert rig.shapes[-1] == (64, 128)
    assert rig.sizer.cost_class == 64


def test_nothing_is_judged_while_nothing_is_painted(rig):
    rig.run(600, painting=False)
    assert rig.opened == []
    assert rig.sizer.cost_class == 64


def test_a_class_that_does_not_open_leaves_all_as_it_is(monkeypatch, caplog):
    def refuse(file, choice, size):
        raise NetworkFileError("no memory")

    rig = Rig(monkeypatch, refuse)
    rig.run(30)
    assert rig.sizer.cost_class == 64
    assert rig.sizer.reason == "class 96 does not open: no memory"
    assert set(rig.shapes) == {(64, 64)}
    assert "class 96 does not open" in caplog.text


def test_a_network_that_was_replaced_meanwhile_does_not_come_back(rig):
    other, asked = SimpleNamespace(sha256="cd" * 32), []
    stale = FakeStylizer(96)

    def open_stylizer(file, choice, size):
        asked.append(file)
        if len(asked) == 1:
            rig.painter.replace(FakeCollection(), other, FakeStylizer(64))
            return stale
        return FakeStylizer(size)

    rig.sizer._open = open_stylizer
    rig.run(40)
    assert asked == [FakeFile, other]
    assert rig.painter.stylizer is not stale
    assert stale.vectors == []
    assert rig.shapes[-1] == (96, 96)
