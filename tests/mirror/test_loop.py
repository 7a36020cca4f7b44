"""The mirror with the camera and the display that ship as fakes, and a network that only inverts."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest

from installation.camera.capture import Capture
from installation.camera.synthetic import SyntheticCamera, fail_at
from installation.display.base import View
from installation.display.headless import HeadlessDisplay
from installation.display.words import Words
from installation.errors import CameraError, CameraMissing, CameraTimeout, NetworkFileError
from installation.mirror.assembly import joined
from installation.mirror.governor import ClassGovernor
from installation.mirror.loop import RESTART, Mirror
from installation.mirror.requests import Reloaded
from installation.mirror.sizing import PictureSizer
from installation.painter.denoise import Denoiser
from installation.painter.live import LivePainter
from installation.service.clock import WallClock
from installation.service.health import STAGES
from installation.settings import WEEKDAYS, DisplaySettings, Settings, parse
from installation.show.commands import Quit, Request, SetDisplay, SetStyle, ToggleHold
from installation.show.director import Director
from installation.show.queue import CommandQueue
from installation.version import version
from tests.mirror.parts import FakeCollection, FakeControl, FakeFile, FakeNotifier, FakeStylizer, an_offer, in_time

SIZE = 64


class Window(HeadlessDisplay):
    """Calls ``script`` after every view, with the number of the view, and keeps what was shown."""

    def __init__(self):
        super().__init__(DisplaySettings(width=720, height=720))
        self.views = []
        self.script = lambda number: None
        self.keys = []

    def show(self, view):
        super().show(view)
        self.views.append(view)
        self.script(len(self.views))

    def events(self):
        keys, self.keys = self.keys, []
        return keys


@dataclass
class Rig:
    settings: Settings
    mirror: Mirror
    window: Window
    queue: CommandQueue
    control: FakeControl
    notifier: FakeNotifier
    stylizer: FakeStylizer
    capture: Capture
    collections: list = field(default_factory=list)

    def run(self, frames=None):
        with_limit = in_time(self.mirror.stop)
        try:
            return self.mirror.run(frames)
        finally:
            with_limit.cancel()
            self.capture.stop()


@pytest.fixture
def rig():
    made = []

    def make(make_camera=None, *, strict=False, clock=None, **more):
        settings = parse({"camera": {"fps": 100, "timeout": 0.3}, "show": {"attract": False}, **more})
        capture = Capture(make_camera or (lambda: SyntheticCamera(SIZE, 100)), settings.camera)
        collections = [FakeCollection(), FakeCollection("new")]
        stylizer, window, queue = FakeStylizer(SIZE), Window(), CommandQueue()
        control, notifier = FakeControl(), FakeNotifier()
        window.open()
        painter = LivePainter(collections[0], FakeFile, stylizer, Denoiser(SIZE, 0.0))
        governor = ClassGovernor(SIZE, [SIZE], settings.camera.fps, "the test says so")
        parts = joined(
            settings,
            capture=capture,
            painter=painter,
            display=window,
            director=Director(settings.show, an_offer(*collections[0].names), time.monotonic()),
            queue=queue,
            control=control,
            notifier=notifier,
            sizer=PictureSizer(governor, painter, capture, window, lambda file, choice, size: FakeStylizer(size[0])),
            read_collection=lambda: Reloaded(collections[1], FakeFile, FakeStylizer(SIZE), an_offer("new")),
            words=Words(),
            clock=clock or WallClock(lambda: ""),
            runtime_folder=None,
            mode="",
        )
        mirror = Mirror(parts, fps=settings.camera.fps, strict=strict)
        capture.start()
        made.append(capture)
        return Rig(settings, mirror, window, queue, control, notifier, stylizer, capture)

    yield make
    for capture in made:
        capture.stop()


def test_it_paints_what_the_camera_sees(rig):
    mirror = rig()
    report = mirror.run(20)
    picture = mirror.window.views[-1].picture
    seen = np.zeros((SIZE, SIZE, 3), np.uint8)
    SyntheticCamera(SIZE).draw(0, 0, seen)
    assert abs(float(picture.mean()) - (255 - float(seen.mean()))) < 10
    assert report.frames == 20
    assert report.camera == "synthetic"
    assert (report.runtime, report.weights, report.threads) == ("litert 1.0", "int8", 1)
    assert (report.width, report.height, report.cost_class) == (SIZE, SIZE, SIZE)
    assert report.cost_class_reason == "the test says so"
    assert set(report.stages_ms) == set(STAGES)
    assert 0 < report.latency_ms.median <= report.latency_ms.p95
    assert report.fps > 1
    assert report.first_frame_ms > 0
    assert report.failures == 0


def test_systemd_hears_that_it_is_ready_alive_and_what_it_does(rig):
    mirror = rig()
    mirror.run(20)
    said = mirror.notifier.said
    assert said.count("ready") == 1
    assert "alive" in said
    assert any(line.startswith("great-wave · ") and line.endswith("broker online") for line in said)


def test_it_is_ready_when_the_first_picture_is_on_screen(rig):
    def slow_start(number):
        if number == 0:
            time.sleep(1.0)

    mirror = rig(lambda: SyntheticCamera(SIZE, 100, before_read=slow_start))
    readies = []
    mirror.window.script = lambda number: readies.append("ready" in mirror.notifier.said)
    mirror.run(5)
    cards = [view.card is not None for view in mirror.window.views]
    assert cards.count(True) > 3, "the card that says that it begins"
    first_picture = cards.index(False)
    assert not any(readies[: first_picture + 1])
    assert readies[first_picture + 1], "at once"
    before = mirror.notifier.said[: mirror.notifier.said.index("ready")]
    assert "alive" in before


def test_the_screens_own_trouble_is_in_the_health_report(rig):
    mirror = rig()
    mirror.window.problem = lambda: "no screen is connected (HDMI-A-1)"
    mirror.run(5)
    assert mirror.control.reports[0].display == "no screen is connected (HDMI-A-1)"


def test_the_fleet_hears_of_scene_and_health(rig):
    mirror = rig()
    mirror.run(5)
    assert mirror.control.scenes[-1].style == "great-wave"
    health = mirror.control.reports[0]
    assert (health.broker, health.dropped_commands, health.version) == ("ok", 3, version())


def test_a_command_changes_the_style(rig):
    mirror = rig(show={"morph_seconds": 0.0, "attract": False})
    mirror.queue.put(SetStyle("scream"))
    mirror.run(5)
    assert mirror.control.scenes[-1].style == "scream"


def test_quit_by_command_and_by_key(rig):
    by_command = rig()
    by_command.queue.put(Quit())
    assert by_command.run().frames <= 1
    by_key = rig()
    by_key.window.keys = [Quit()]
    assert by_key.run().frames <= 1
    assert by_key.mirror.status == 0


def test_held_the_picture_stays_and_the_daemon_counts_as_alive(rig):
    mirror = rig()

    def script(number):
        if number == 10:
            mirror.queue.put(ToggleHold())
        if number == 30:
            mirror.mirror.stop()

    mirror.window.script = script
    report = mirror.run()
    assert report.frames <= 12
    assert mirror.window.views[-1].picture is not None
    assert mirror.control.scenes[-1].held


def test_off_is_black_without_painting(rig):
    mirror = rig()
    mirror.queue.put(SetDisplay(on=False))
    mirror.window.script = lambda number: number == 10 and mirror.mirror.stop()
    report = mirror.run()
    assert all(view.black for view in mirror.window.views)
    assert report.frames == 0
    assert mirror.notifier.said.count("ready") == 1


def test_without_a_camera_there_is_a_card_and_no_giving_up(rig):
    def broken():
        raise CameraMissing("webcam 0: is not there; plug it in")

    mirror = rig(broken)
    mirror.window.script = lambda number: number == 10 and mirror.mirror.stop()
    mirror.run()
    assert all(view.card is not None and view.picture is None for view in mirror.window.views)
    assert "ready" in mirror.notifier.said
    assert "plug it in" in mirror.control.reports[0].camera or mirror.control.reports[0].camera == "starting"


def test_a_person_who_names_a_camera_hears_that_it_is_missing(rig):
    def broken():
        raise CameraMissing("webcam 7: is not there; plug it in")

    with pytest.raises(CameraMissing, match="webcam 7"):
        rig(broken, strict=True).run()


def test_it_goes_on_when_the_camera_comes_back(rig):
    camera = SyntheticCamera(SIZE, 100, before_read=fail_at(5, CameraTimeout("no frame")))
    report = rig(lambda: camera).run(12)
    assert report.frames == 12


def test_a_camera_that_stops_leaves_no_frozen_picture(rig):
    def hang(number):
        if number == 5:
            raise CameraError("unplugged")
        if number > 5:
            raise CameraMissing("still unplugged")

    camera = SyntheticCamera(SIZE, 100, before_read=hang)
    mirror = rig(lambda: camera)
    mirror.window.script = lambda number: mirror.window.views[-1].card and number > 5 and mirror.mirror.stop()
    report = mirror.run()
    assert 1 <= report.frames <= 5
    assert mirror.window.views[-1].picture is None


def unplugged_after(frames):
    """A camera that stays unplugged, also when it is opened again."""
    gone = threading.Event()

    def read(number):
        if number >= frames:
            gone.set()
        if gone.is_set():
            raise CameraMissing("unplugged")

    return lambda: SyntheticCamera(SIZE, 100, before_read=read)


def test_hold_without_a_camera_does_not_bring_back_the_last_visitor(rig):
    mirror = rig(unplugged_after(5))
    after: list[View] = []

    def script(number):
        # The card before the first picture is none of these.
        if after or (mirror.window.views[-1].card and any(view.picture is not None for view in mirror.window.views)):
            after.append(mirror.window.views[-1])
        if len(after) in (1, 3):
            mirror.queue.put(ToggleHold())
        if len(after) == 10:
            mirror.mirror.stop()

    mirror.window.script = script
    mirror.run()
    assert len(after) == 10
    assert all(view.picture is None for view in after)
    assert not mirror.control.scenes[-1].held, "there is nothing to hold"


def test_a_held_picture_outlives_the_camera_while_its_visitor_is_there(rig):
    mirror = rig(unplugged_after(5), show={"attract": False, "attract_after": 3.0})

    def script(number):
        if number == 3:
            mirror.queue.put(ToggleHold())
        if mirror.window.views[-1].card and number > 5:
            mirror.mirror.stop()

    mirror.window.script = script
    start = time.monotonic()
    mirror.run()
    assert 2.9 < time.monotonic() - start < 10
    assert mirror.window.views[-1].picture is None


def test_a_hiccup_of_the_network_keeps_the_last_picture(rig):
    mirror = rig()
    mirror.stylizer.fail = [RuntimeError("hiccup")] * 3
    report = mirror.run(10)
    assert report.failures == 3
    assert report.frames == 10


def test_a_dead_network_ends_the_daemon(rig):
    mirror = rig()
    mirror.stylizer.fail = [RuntimeError("dead")] * 100
    with pytest.raises(NetworkFileError, match="dead"):
        mirror.run()


@pytest.mark.parametrize(("problem", "phase"), [("not synchronised", "visitor"), ("", "closed")])
def test_opening_hours_wait_for_a_clock_that_is_set(rig, problem, phase):
    in_three_days = WEEKDAYS[(datetime.now(UTC).weekday() + 3) % 7]
    hours = {"days": [in_three_days], "opens": "10:00", "closes": "18:00"}
    mirror = rig(clock=WallClock(lambda: problem), show={"attract": False, "opening": [hours]})
    mirror.window.script = lambda number: number == 5 and mirror.mirror.stop()
    mirror.run()
    assert mirror.control.scenes[-1].phase == phase
    assert mirror.control.reports[0].clock == (f"{problem}; opening hours are not kept" if problem else "ok")


def test_a_request_to_restart(rig):
    mirror = rig()
    mirror.queue.put(Request("restart", "x"))
    mirror.run()
    assert mirror.mirror.status == RESTART
    assert mirror.control.answers[0][0].transaction == "x"


def test_a_request_to_identify(rig):
    mirror = rig(installation={"id": "mirror-7"})
    mirror.queue.put(Request("identify"))
    mirror.run(3)
    lines = mirror.window.views[-1].identify.lines
    assert "mirror-7" in lines
    assert any(version() in line for line in lines)


def test_a_request_to_reload(rig):
    mirror = rig(show={"morph_seconds": 0.0, "attract": False})

    def script(number):
        if mirror.control.answers and mirror.control.answers[0][0] == Request("reload"):
            mirror.queue.put(SetStyle("new"))
            mirror.control.answers.insert(0, (None, None, None))
        if number > 10 and mirror.control.scenes and mirror.control.scenes[-1].style == "new":
            mirror.mirror.stop()

    mirror.window.script = script
    mirror.queue.put(Request("reload"))
    mirror.run()
    assert mirror.control.scenes[-1].style == "new"
    assert mirror.control.offers[-1] == (an_offer("new"), FakeFile.sha256)


def test_a_clip_that_ends_ends_the_run(rig):
    from installation.errors import EndOfStream

    camera = SyntheticCamera(SIZE, 100, before_read=fail_at(4, EndOfStream("the clip is over")))
    assert rig(lambda: camera).run().frames <= 4


def test_a_souvenir_is_refused_unless_the_owner_allows_it(rig):
    mirror = rig()
    mirror.window.script = lambda number: mirror.queue.put(Request("souvenir", 7)) if number == 5 else None
    mirror.run(10)
    ((request, error, _),) = mirror.control.answers
    assert request.transaction == 7
    assert "not allowed" in error


def test_a_souvenir_is_counted_down_on_screen(rig):
    mirror = rig(broker={"url": "mqtt://hub"}, souvenir={"enabled": True, "url": "http://hub:8090/", "countdown": 1})
    mirror.window.script = lambda number: mirror.queue.put(Request("souvenir")) if number == 5 else None
    mirror.run(20)
    ((_, error, data),) = mirror.control.answers
    assert (error, data) == (None, {"seconds": 1})
    assert mirror.window.views[-1].notice.number == "1"
    assert mirror.window.views[3].notice is None
