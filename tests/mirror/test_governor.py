"""The governor on a clock of its own: a second at a time."""

from itertools import pairwise

from installation.mirror.governor import COOL, HOT, ROOM, ROOM_SECONDS, ClassGovernor, Load
from installation.network.sizes import CLASSES

FPS = 30.0
FRAME = 1 / FPS


class Mirror:
    """A machine that paints class 256 in ``busy`` seconds, and whatever costs more in proportion."""

    def __init__(self, start=512, classes=CLASSES, busy=0.003):
        self.governor = ClassGovernor(start, classes, FPS, "at start")
        self.now = 0.0
        self.busy = busy
        self.temperature: float | None = None
        self.throttled: bool | None = None
        self.camera = FPS
        self.seen = [start]

    def run(self, seconds):
        for _ in range(int(seconds)):
            self.now += 1.0
            busy = self.busy * (self.governor.cost_class / 256) ** 2
            load = Load(self.camera, min(self.camera, 1 / busy), busy, self.temperature, self.throttled)
            if self.governor.consider(load, self.now) != self.seen[-1]:
                self.seen.append(self.governor.cost_class)
                self.governor.rest()
        return self.governor.cost_class


def test_a_class_that_fits_stays():
    mirror = Mirror(512, busy=ROOM * FRAME / 4 * 0.95)
    assert mirror.run(3600) == 512
    assert mirror.seen == [512]
    assert mirror.governor.reason == "at start"


def test_too_slow_steps_down_until_it_holds():
    mirror = Mirror(1024, busy=0.005)
    assert mirror.run(60) == 640
    assert mirror.seen == [1024, 896, 768, 640]
    assert "of 30 frames a second at class 768" in mirror.governor.reason


def test_room_steps_up_slowly_to_the_largest():
    mirror = Mirror(256, busy=0.001)
    assert mirror.run(ROOM_SECONDS) == 256
    assert mirror.run(600) == 1024
    assert mirror.seen == [256, 320, 384, 448, 512, 640, 768, 896, 1024]
    assert "left room" in mirror.governor.reason


def test_a_short_hitch_changes_nothing():
    mirror = Mirror(512, busy=0.006)
    for _ in range(30):
        mirror.busy = 0.02
        mirror.run(3)
        mirror.busy = 0.006
        mirror.run(10)
    assert mirror.seen == [512]


def test_a_slow_camera_is_no_reason():
    mirror = Mirror(512, busy=0.006)
    mirror.camera = 12.0
    assert mirror.run(300) == 512


def test_heat_steps_down_one_at_a_time_and_comes_back_when_it_is_cool():
    mirror = Mirror(512, busy=0.001)
    mirror.temperature = HOT + 2
    assert mirror.run(8) == 448
    assert mirror.governor.reason == "82 °C is too hot"
    mirror.run(60)
    assert mirror.seen[:3] == [512, 448, 384]
    mirror.temperature = (HOT + COOL) / 2
    stays = mirror.governor.cost_class
    assert mirror.run(300) == stays, "neither hot nor cool"
    mirror.temperature = COOL - 5
    assert mirror.run(600) == 1024


def test_throttling_steps_down():
    mirror = Mirror(512, busy=0.001)
    mirror.throttled, mirror.temperature = True, 60.0
    assert mirror.run(8) == 448
    assert mirror.governor.reason == "throttled at 60 °C"


def test_what_had_to_be_taken_back_is_tried_ever_more_rarely():
    """Larger pictures cost more than in proportion: each step up fails."""
    mirror = Mirror(512, classes=(512, 640), busy=0.001)
    ups = []
    for second in range(4 * 3600):
        slow = mirror.governor.cost_class == 640
        mirror.busy = 0.01 if slow else 0.001
        before = mirror.governor.cost_class
        if mirror.run(1) > before:
            ups.append(second)
    pauses = [later - sooner for sooner, later in pairwise(ups)]
    assert len(ups) < 12
    assert all(later >= sooner for sooner, later in pairwise(pauses))
    assert pauses[-1] > 10 * pauses[0]


def test_one_class_is_kept_whatever_happens():
    mirror = Mirror(256, classes=[256], busy=0.1)
    mirror.temperature = 95.0
    assert mirror.run(600) == 256
    assert mirror.governor.reason == "at start"


def test_a_class_that_does_not_open_is_not_tried_again():
    governor = ClassGovernor(512, CLASSES, FPS, "at start")
    governor.refuse(640, 512, "class 640 does not open: no memory")
    assert governor.cost_class == 512
    for now in range(1, 100):
        governor.consider(Load(FPS, FPS, 0.0001), float(now))
    assert governor.cost_class > 640
