"""The mirror as it is assembled, with the hub's own broker: what it does when things go wrong around it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from installation.display.headless import HeadlessDisplay
from installation.frame import Pixels
from installation.mirror.assembly import assembled
from installation.mirror.loop import RESTART, Mirror
from installation.settings import Settings, parse
from tests.builders import write_collection
from tests.control.hub import BASE, NEEDS_MOSQUITTO, Hub, Peer, peer, until

ME = f"{BASE}/mirror"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    (tmp_path / "hub").mkdir()
    hub = Hub(tmp_path / "hub", {"mirror": "m", "technician": "t"}, hub_page=False).start()
    yield hub
    hub.stop()


def settings_for(tmp_path: Path, collection: Path | None = None, broker: dict[str, object] | None = None) -> Settings:
    return parse(
        {
            "camera": {"source": "synthetic", "fps": 30, "timeout": 1.0},
            "network": {"weights": "int8", "threads": 1, "size": 192},
            "display": {"mode": "headless"},
            "show": {"attract": False, "morph_seconds": 0.5},
            "paths": {"collection": str(collection or ""), "state": str(tmp_path)},
            "broker": broker or {"url": "none"},
        }
    )


@contextmanager
def running(settings: Settings) -> Iterator[tuple[Mirror, HeadlessDisplay]]:
    """A mirror that runs in a thread; its display is looked at from here."""
    with assembled(settings) as mirror:
        assert isinstance(mirror.display, HeadlessDisplay)
        thread = threading.Thread(target=mirror.run)
        thread.start()
        try:
            yield mirror, mirror.display
        finally:
            mirror.stop()
            thread.join(20)
        assert not thread.is_alive()


@contextmanager
def hearing(hub: Hub) -> Iterator[Peer]:
    with peer(hub.port, f"{BASE}/#", user="technician", password="t") as technician:
        technician.wait(f"{ME}/availability", "online")
        yield technician


def picture_on(display: HeadlessDisplay) -> Pixels | None:
    return display.view.picture if display.view is not None else None


def shows_picture(display: HeadlessDisplay) -> bool:
    return picture_on(display) is not None


def goes_on(display: HeadlessDisplay) -> bool:
    """Whether fifteen more pictures come."""
    before = display.shown
    return bool(until(lambda: shows_picture(display) and display.shown > before + 15, what="it paints on"))


def broker_of(hub: Hub) -> dict[str, object]:
    password = hub.folder / "mirror-password"
    password.write_text("m")
    return {"url": hub.url, "password_file": str(password)}


def test_it_paints_with_the_shipped_network(tmp_path):
    with running(settings_for(tmp_path)) as (_, display):
        until(lambda: shows_picture(display) and display.shown > 20)
        picture = picture_on(display)
        assert picture is not None
        picture = picture.copy()
    assert picture.dtype == np.uint8
    assert picture.shape[0] % 16 == picture.shape[1] % 16 == 0
    assert picture.std() > 10, "a plain field is no painting"


@NEEDS_MOSQUITTO
def test_a_broken_style_is_refused_by_a_reload_and_the_exhibit_goes_on(tmp_path, hub):
    folder = write_collection(tmp_path / "styles", "great-wave")
    with running(settings_for(tmp_path, folder, broker_of(hub))) as (_, display), hearing(hub) as technician:
        (folder / "broken.toml").write_text("title = ")
        technician.publish(f"{ME}/request/reload", "")
        answer = json.loads(technician.wait(f"{ME}/response/reload"))
        assert answer["status"] == "error"
        assert "broken.toml" in answer["error"]
        assert goes_on(display)


@NEEDS_MOSQUITTO
def test_it_paints_on_while_the_broker_is_gone(tmp_path, hub):
    with running(settings_for(tmp_path, None, broker_of(hub))) as (_, display):
        with hearing(hub):
            pass
        hub.kill()
        assert goes_on(display)
        hub.start()
        with hearing(hub) as technician:
            technician.publish(f"{ME}/strength/set", "0.5")
            technician.wait(f"{ME}/strength/state", "0.5")


@NEEDS_MOSQUITTO
def test_a_restart_that_is_asked_for_ends_with_the_status_for_it(tmp_path, hub):
    with running(settings_for(tmp_path, None, broker_of(hub))) as (mirror, _), hearing(hub) as technician:
        technician.publish(f"{ME}/request/restart", "")
        assert json.loads(technician.wait(f"{ME}/response/restart"))["status"] == "ok"
        until(lambda: mirror.status == RESTART)
