"""The mirror as it is assembled: real network, real broker, the camera and the screen that ship as fakes."""

import json
import threading
import weakref
from datetime import datetime

import pytest

from installation.camera.synthetic import SyntheticCamera
from installation.collection import Collection
from installation.control.web.embedded import find_mosquitto, start_broker
from installation.display.headless import HeadlessDisplay
from installation.errors import CameraError, DisplayError, InstallationError
from installation.mirror import assembly, telemetry
from installation.mirror.assembly import assembled, make_stylizer, read_collection
from installation.network.tflite import NetworkFile
from installation.painter.denoise import Denoiser
from installation.painter.live import LivePainter
from installation.service.systemd import Notifier
from installation.settings import Settings, parse, with_groups
from installation.show.commands import Request, SetStyle
from installation.show.director import Director
from installation.show.offer import Offer
from installation.show.queue import CommandQueue
from tests.builders import write_collection, write_style
from tests.control.hub import BASE, peer, until

NOON = datetime(2026, 11, 24, 12, 0)


@pytest.fixture
def folder(tmp_path):
    return write_collection(tmp_path / "styles", "great-wave", "scream")


@pytest.fixture
def settings(tmp_path, folder):
    return parse(
        {
            "camera": {"source": "synthetic", "timeout": 0.3},
            "display": {"mode": "headless"},
            "network": {"weights": "int8", "threads": 1, "size": 192},
            "paths": {"collection": str(folder), "state": str(tmp_path)},
            "show": {"morph_seconds": 0.0, "attract": False},
        }
    )


def add_style(folder):
    """A style that comes first of all."""
    collection = Collection.load(folder)
    sha256 = NetworkFile.load(collection.network_path).sha256
    write_style(folder, "added", sha256, collection["scream"].vector.tolist(), order=1)


def test_an_added_style_and_a_new_order_can_be_chosen_after_a_reload(settings, folder):
    collection = Collection.load(folder)
    file = NetworkFile.load(collection.network_path)
    director = Director(settings.show, Offer.of(collection, settings.show), 0.0)
    size = (192, 192)
    painter = LivePainter(
        collection, file, make_stylizer(file, collection, settings, size), Denoiser(size, settings.camera.denoise)
    )
    add_style(folder)
    reloaded = read_collection(settings, painter)
    assert reloaded.offer.names == ("added", "great-wave", "scream", "photo")
    director.offer(reloaded.offer)
    director.obey(SetStyle("added"), 0.0)
    assert director.scene(0.0, NOON).style == "added"


@pytest.fixture
def unplugged(monkeypatch):
    """While it is set, the camera gives nothing."""
    unplugged = threading.Event()

    def read(_number):
        if unplugged.is_set():
            raise CameraError("unplugged; plug it in")

    monkeypatch.setattr(
        assembly,
        "make_camera",
        lambda _source, _settings, size, **_: SyntheticCamera(size, 30, before_read=read),
    )
    return unplugged


@pytest.fixture
def broker():
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    broker = start_broker("mosquitto")
    yield broker
    broker.stop()


def test_a_tap_a_reload_and_a_lost_camera(settings, folder, unplugged, broker, monkeypatch):
    monkeypatch.setattr(telemetry, "HEALTH_EVERY", 0.1)
    settings = with_groups(settings, broker={"url": f"mqtt://127.0.0.1:{broker.port}"})
    with assembled(settings) as mirror, peer(broker.port, f"{BASE}/mirror/#") as visitor:
        screen = mirror.display
        assert isinstance(screen, HeadlessDisplay)

        def camera():
            return json.loads(visitor.wait(f"{BASE}/mirror/health"))["camera"]

        running = threading.Thread(target=mirror.run)
        running.start()
        try:
            visitor.wait(f"{BASE}/mirror/style/state", "great-wave")
            until(lambda: screen.view and screen.view.picture is not None, what="a picture")
            visitor.publish(f"{BASE}/mirror/style/set", "scream")
            visitor.wait(f"{BASE}/mirror/style/state", "scream")

            add_style(folder)
            visitor.publish(f"{BASE}/mirror/request/reload", '{"transaction": 7}')
            answer = json.loads(visitor.wait(f"{BASE}/mirror/response/reload"))
            assert answer == {
                "status": "ok", "data": {"styles": ["added", "great-wave", "scream", "photo"]}, "transaction": 7
            }  # fmt: skip
            visitor.publish(f"{BASE}/mirror/style/set", "added")
            visitor.wait(f"{BASE}/mirror/style/state", "added")

            unplugged.set()
            until(lambda: screen.view and screen.view.card, what="the holding card")
            until(lambda: camera() == "unplugged; plug it in")
            unplugged.clear()
            until(lambda: screen.view and screen.view.picture is not None, what="the picture again")
            until(lambda: camera() == "ok")
        finally:
            mirror.stop()
            running.join(10)
    assert not running.is_alive()


def test_a_reload_lets_the_network_before_go(settings, monkeypatch):
    queue, opened = CommandQueue(), []

    def noted(*given):
        stylizer = make_stylizer(*given)
        opened.append(weakref.ref(stylizer))
        return stylizer

    monkeypatch.setattr(assembly, "CommandQueue", lambda: queue)
    monkeypatch.setattr(assembly, "make_stylizer", noted)
    with assembled(settings) as mirror:
        running = threading.Thread(target=mirror.run)
        running.start()
        try:
            queue.put(Request("reload"))
            until(lambda: opened[0]() is None, what="the end of the first")
        finally:
            mirror.stop()
            running.join(10)


@pytest.mark.parametrize(("source", "says"), [("webcam:63", "no such webcam"), ("synthetic", "no screen here")])
def test_the_cameras_error_comes_before_the_screens(settings, monkeypatch, source, says):
    def refuse(_display):
        raise DisplayError("no screen here")

    monkeypatch.setattr(HeadlessDisplay, "open", refuse)
    settings = with_groups(settings, camera={"source": source})
    with pytest.raises(InstallationError, match=says), assembled(settings, strict=True):
        pass


def test_a_mirror_that_nobody_watches_waits_for_its_screen(monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere")
    monkeypatch.setattr(assembly, "SCREEN_PAUSE", 0.0)
    said: list[str] = []
    display, answers = headless(), iter([DisplayError("no screen opens"), DisplayError("no screen opens"), None])

    def open_display() -> None:
        if (error := next(answers)) is not None:
            raise error

    monkeypatch.setattr(display, "open", open_display)
    monkeypatch.setattr(assembly, "make_display", lambda *_: display)

    def send(state: str) -> bool:
        said.append(state)
        return True

    notifier = Notifier({"NOTIFY_SOCKET": "/nowhere"}, send)
    assert assembly.opened_display(Settings(), notifier, strict=False) is display
    assert said.count("EXTEND_TIMEOUT_USEC=30000000") == 2
    assert "WATCHDOG=1" not in said, "the watchdog would count from then on, and a slow start would not outlast it"


def test_a_person_is_told_that_there_is_no_screen(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    display = headless()
    monkeypatch.setattr(display, "open", lambda: (_ for _ in ()).throw(DisplayError("no screen opens")))
    monkeypatch.setattr(assembly, "make_display", lambda *_: display)
    with pytest.raises(DisplayError):
        assembly.opened_display(Settings(), Notifier({}), strict=False)


def headless() -> HeadlessDisplay:
    return HeadlessDisplay(Settings().display)
