"""From the wish to the code on screen, on a given clock; the painting and the hub are stand-ins."""

import threading

import numpy as np
import pytest

from installation.display.base import Notice
from installation.display.words import Words
from installation.errors import CommandError, OutputError
from installation.frame import Frame
from installation.mirror.souvenirs import LATE, TOLD_SECONDS, Souvenirs
from installation.settings import parse
from installation.show.director import Scene
from tests.control.hub import until
from tests.mirror.parts import FakeControl

SCENE = Scene({"great-wave": 1.0}, "great-wave", 1.0, "visitor", True, False)
FRAME = Frame(np.full((8, 8, 3), 7, np.uint8), 0.0, 0)
PICTURE = b"jpeg"
LINK = {"enabled": True, "url": "http://hub:8090/", "countdown": 3, "cooldown": 60}
WORDS = Words()


class Rig:
    """Souvenirs with stand-ins; ``fail`` and ``refuse`` are what painting and printing raise."""

    def __init__(self, **settings):
        self.hub = FakeControl()
        self.fail = self.refuse = None
        self.painted, self.paper = [], []
        self.gate = threading.Event()
        self.gate.set()
        self.one = Souvenirs(
            parse({"broker": {"url": "mqtt://hub"}, "souvenir": LINK | settings}).souvenir,
            WORDS,
            self._paint,
            self.hub,
            lambda _: np.ones(4, np.float32),
            self._print,
        )

    def _paint(self, pixels, vector):
        self.gate.wait(10)
        if self.fail:
            raise self.fail
        self.painted.append((pixels.copy(), vector.copy()))
        return PICTURE

    def _print(self, queue, picture):
        if self.refuse:
            raise self.refuse
        self.paper.append((queue, picture))

    def notice(self, now: float) -> Notice:
        """What is on screen; there must be something."""
        found = self.one.notice(now)
        assert found is not None
        return found

    @property
    def problem(self) -> str:
        return self.one.problem or ""

    def paint(self, now, frame=FRAME, scene=SCENE):
        """The countdown has ended: the picture is taken and painted."""
        self.one.poll(now, frame, scene)

        def ended():
            self.one.poll(now, None, scene)
            return self.one.notice(now) != Notice(WORDS.souvenir_painting)

        until(ended)


def test_off_by_default():
    one = Rig(enabled=False).one
    with pytest.raises(CommandError, match=r"the owner can set souvenir.enabled = true"):
        one.ask(0.0, live=True)
    assert one.problem is None
    assert one.notice(0.0) is None


def test_from_the_wish_to_the_link_and_back():
    rig = Rig()
    assert rig.one.ask(0.0, live=True) == {"seconds": 3}
    assert [rig.notice(now).number for now in (0.0, 0.9, 1.5, 2.9)] == ["3", "3", "2", "1"]
    rig.one.poll(2.9, FRAME, SCENE)
    assert not rig.painted
    rig.gate.clear()
    rig.one.poll(3.0, FRAME, SCENE)
    assert rig.one.notice(3.0) == Notice(WORDS.souvenir_painting)
    rig.gate.set()
    rig.paint(4.0)
    ((secret, picture, seconds, fetches),) = rig.hub.handed
    assert (picture, seconds, fetches) == (PICTURE, 600, 3)
    assert len(secret) >= 32
    rig.one.poll(5.0, None, SCENE)
    shown = rig.notice(5.0)
    assert shown.url == f"http://hub:8090/{secret}"
    assert "10 minutes" in shown.text
    rig.one.poll(5.0 + 45, None, SCENE)
    assert rig.one.notice(50.0) is None
    assert rig.one.problem == "ok"
    assert (rig.painted[0][0] == 7).all()


def test_two_links_differ():
    rig = Rig(shown=10, cooldown=10)
    for start in (0.0, 100.0):
        rig.one.ask(start, live=True)
        rig.paint(start + 3)
        rig.one.poll(start + 50, None, SCENE)
    assert rig.hub.handed[0][0] != rig.hub.handed[1][0]


def test_one_at_a_time_and_a_pause_between():
    rig = Rig()
    rig.one.ask(0.0, live=True)
    with pytest.raises(CommandError, match="being made already"):
        rig.one.ask(1.0, live=True)
    rig.paint(3.0)
    rig.one.poll(50.0, None, SCENE)
    with pytest.raises(CommandError, match="possible in 9 s"):
        rig.one.ask(51.5, live=True)
    assert rig.one.notice(51.5) == Notice(WORDS.souvenir_wait)
    rig.one.poll(51.5 + TOLD_SECONDS, None, SCENE)
    assert rig.one.ask(60.0, live=True)


def test_nothing_to_take():
    rig = Rig()
    with pytest.raises(CommandError, match="no moving picture"):
        rig.one.ask(0.0, live=False)
    assert rig.one.ask(1.0, live=True), "a wish that was refused costs no pause"


@pytest.mark.parametrize(
    "scene", [Scene({}, "photo", 1.0, "closed", True, False), Scene({}, "photo", 1.0, "visitor", True, True)]
)
def test_a_screen_that_rests_or_is_held_when_the_countdown_ends(scene):
    rig = Rig()
    rig.one.ask(0.0, live=True)
    rig.one.poll(3.0, FRAME, scene)
    assert rig.one.notice(3.0) == Notice(WORDS.souvenir_failed)
    assert "gone" in rig.problem


def test_a_camera_that_fails_when_the_countdown_ends():
    rig = Rig()
    rig.one.ask(0.0, live=True)
    rig.one.poll(3.0, None, SCENE)
    assert rig.notice(3.0).number == "1", "it may come back"
    rig.one.poll(3.0 + LATE, None, SCENE)
    assert rig.one.notice(5.0) == Notice(WORDS.souvenir_failed)


def test_a_print_that_fails_is_one_sentence_and_the_next_works(caplog):
    rig = Rig()
    rig.fail = OutputError("the print's process was killed (SIGKILL)")
    rig.one.ask(0.0, live=True)
    rig.paint(3.0)
    assert rig.one.notice(3.0) == Notice(WORDS.souvenir_failed)
    assert rig.one.problem == "the print's process was killed (SIGKILL)"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert not rig.hub.handed
    rig.fail = None
    rig.one.poll(3.0 + TOLD_SECONDS, None, SCENE)
    rig.one.ask(60.0, live=True)
    rig.paint(63.0)
    assert rig.notice(63.0).url
    assert rig.one.problem == "ok"


def test_a_hub_that_does_not_take_it():
    rig = Rig()
    rig.hub.outcome = "the picture cannot be sent to the hub: broker unreachable"
    rig.one.ask(0.0, live=True)
    rig.paint(3.0)
    assert rig.one.notice(3.0) == Notice(WORDS.souvenir_failed)
    assert rig.one.problem == rig.hub.outcome


def test_paper_alone():
    rig = Rig(url="", printer="foyer")
    rig.one.ask(0.0, live=True)
    rig.paint(3.0)
    assert rig.paper == [("foyer", PICTURE)]
    assert not rig.hub.handed
    assert rig.one.notice(3.0) == Notice(WORDS.souvenir_printed)


@pytest.mark.parametrize(("url", "said"), [("", WORDS.souvenir_failed), ("http://hub/", None)])
def test_a_printer_that_refuses(url, said):
    rig = Rig(url=url, printer="foyer")
    rig.refuse = OutputError("the print queue foyer refuses the picture (out of paper)")
    rig.one.ask(0.0, live=True)
    rig.paint(3.0)
    if said:
        assert rig.one.notice(3.0) == Notice(said)
    else:
        assert rig.notice(3.0).url, "the link works all the same"
    assert "out of paper" in rig.problem
