import base64
import io
import threading
import time

import numpy as np
import pytest
from PIL import Image

from installation.control.mqtt.client import ANSWER_LIMIT
from installation.errors import StyleError
from installation.mirror.requests import GoOnWith, Reloaded, RequestHandler, Respond, RestartSoon, ShowIdentity
from installation.show.commands import Request
from tests.mirror.parts import FakeCollection, FakeFile, FakeStylizer, an_offer

RELOADED = Reloaded(FakeCollection("new"), FakeFile, FakeStylizer(), an_offer("new"))
SHOWN = np.full((16, 16, 3), 90, np.uint8)


def handler(read=lambda: RELOADED, *, snapshots=False):
    return RequestHandler(read, snapshots=snapshots)


def effects(handler):
    """Those of the slow work, once it has ended."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if found := handler.poll():
            return found
        time.sleep(0.005)
    raise TimeoutError


@pytest.mark.parametrize(("op", "effect"), [("identify", ShowIdentity()), ("restart", RestartSoon())])
def test_quick_requests(op, effect):
    request = Request(op, transaction=5)
    assert handler().handle(request, SHOWN) == [effect, Respond(request)]


def test_reload():
    one, request = handler(), Request("reload", "a")
    assert one.handle(request, None) == []
    assert effects(one) == [GoOnWith(RELOADED), Respond(request, data={"styles": ["new"]})]
    assert one.poll() == []


def test_a_broken_style_changes_nothing():
    def read():
        raise StyleError("scream.toml: is not TOML")

    one, request = handler(read), Request("reload", "a")
    one.handle(request, None)
    assert effects(one) == [Respond(request, "scream.toml: is not TOML")]


def test_one_slow_thing_at_a_time():
    gate = threading.Event()

    def read():
        gate.wait(10)
        return RELOADED

    one = handler(read)
    assert one.handle(Request("reload", 1), None) == []
    (refused,) = one.handle(Request("reload", 2), None)
    assert "still busy" in refused.error
    assert one.handle(Request("identify", 3), None)[0] == ShowIdentity(), "the quick ones go on"
    gate.set()
    assert effects(one)[1].request == Request("reload", 1)
    one.handle(Request("reload", 4), None)
    assert effects(one)[1].request == Request("reload", 4)


def test_no_picture_leaves_the_device_unless_allowed():
    (answer,) = handler().handle(Request("snapshot", 1), SHOWN)
    assert "not allowed" in answer.error


def test_an_allowed_snapshot():
    one, shown = handler(snapshots=True), SHOWN.copy()
    assert one.handle(Request("snapshot", 1), shown) == []
    shown[:] = 0  # the painter goes on
    (answer,) = effects(one)
    assert answer.error is None
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer.data["base64"]))))
    assert picture.shape == (16, 16, 3)
    assert abs(int(picture.mean()) - 90) < 4


def stripes(height, width):
    """Fine strokes of strong colours: what JPEG is worst at, short of noise."""
    rows, columns = np.mgrid[:height, :width]
    phases = np.stack([rows * 0.9 + columns * 0.4 + turn for turn in (0, 2, 4)], axis=-1)
    return (127 + 100 * np.sin(phases)).astype(np.uint8)


def snapshot_of(pixels):
    one = handler(snapshots=True)
    one.handle(Request("snapshot", 1), pixels)
    (answer,) = effects(one)
    return base64.b64decode(answer.data["base64"])


def test_a_snapshot_is_true_to_the_picture():
    pixels = stripes(144, 256)
    seen = np.asarray(Image.open(io.BytesIO(snapshot_of(pixels))))
    assert np.abs(seen.astype(int) - pixels).mean() < 1.5


def test_a_large_snapshot_still_fits_into_one_message():
    pixels = stripes(768, 1360) // 2 + np.random.default_rng(1).integers(0, 60, (768, 1360, 3), np.uint8)
    snapshot = snapshot_of(pixels)
    assert len(base64.b64encode(snapshot)) < ANSWER_LIMIT - 4096
    assert Image.open(io.BytesIO(snapshot)).size == (1360, 768)


def test_a_snapshot_that_no_quality_makes_fit_is_made_smaller():
    pixels = np.random.default_rng(1).integers(0, 256, (1080, 1920, 3), np.uint8)
    snapshot = snapshot_of(pixels)
    assert len(base64.b64encode(snapshot)) < ANSWER_LIMIT - 4096
    width, height = Image.open(io.BytesIO(snapshot)).size
    assert width / height == pytest.approx(16 / 9, abs=0.01)


def test_no_snapshot_without_a_picture():
    (answer,) = handler(snapshots=True).handle(Request("snapshot", 1), None)
    assert "no picture" in answer.error


def test_the_last_lines_of_the_log():
    one = RequestHandler(lambda: RELOADED, snapshots=False, log=lambda: ["a line"])
    (answer,) = one.handle(Request("log", 1), None)
    assert answer == Respond(Request("log", 1), data={"lines": ["a line"]})
