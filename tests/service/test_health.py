import time

import pytest

from installation.service import health
from installation.service.health import Meter


@pytest.fixture
def a_report():
    return health.Health(
        fps=25.0, inference_ms=12.5, frame_age=0.04, camera="ok", display="ok", broker="ok", temperature=51.5,
        throttled=False, rss_mb=120.0, uptime=3600.0, restarts=0, dropped_commands=0, version="1.2.3",
    )  # fmt: skip


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_a_fresh_meter_knows_nothing():
    meter = Meter(Clock())
    assert (meter.fps, meter.overall_fps, meter.frame_age, meter.inference_ms(), meter.latency_ms()) == (
        0,
        0,
        None,
        0,
        0,
    )


def test_rates_and_times():
    clock = Clock()
    meter = Meter(clock)
    for _ in range(100):
        clock.now += 0.04
        meter.record(captured=clock.now - 0.03, inference=0.01)
    assert meter.frames == 100
    assert meter.overall_fps == pytest.approx(25, rel=0.01)
    assert meter.fps == pytest.approx(25, rel=0.03)
    assert meter.inference_ms() == pytest.approx(10)
    assert meter.latency_ms(95) == pytest.approx(30)
    assert meter.frame_age == pytest.approx(0.03)


def test_the_rate_falls_when_nothing_comes():
    clock = Clock()
    meter = Meter(clock)
    for _ in range(50):
        clock.now += 0.04
        meter.record(clock.now, 0.01)
    clock.now += 6
    assert meter.fps == 0
    assert meter.frame_age == pytest.approx(6)


def test_percentiles_look_back_only_so_far():
    meter = Meter(Clock(), capacity=10)
    for inference in [1.0] * 50 + [0.002] * 10:
        meter.record(100.0, inference)
    assert meter.inference_ms(100) == pytest.approx(2)
    assert meter.frames == 60


def test_temperature_and_throttling(tmp_path):
    sensor = tmp_path / "temp"
    sensor.write_text("48312\n")
    assert health.temperature(sensor) == pytest.approx(48.312)
    sensor.write_text("50000\n")
    assert health.throttled(sensor) is False
    sensor.write_text("50005\n")
    assert health.throttled(sensor) is True
    assert health.temperature(tmp_path / "none") is None
    assert health.throttled(tmp_path / "none") is None


def test_this_process_has_memory_and_an_age():
    assert 1 < health.rss_mb() <= health.rss_mb(key="VmHWM")
    assert 0 < health.process_age() < 86400


def test_restarts_are_counted(tmp_path):
    assert [health.count_start(str(tmp_path)) for _ in range(3)] == [0, 1, 2]
    assert health.count_start(None) == 0
    assert health.count_start(str(tmp_path / "gone")) == 0


def test_the_last_report_for_the_doctor(tmp_path, a_report):
    file = health.HealthFile(tmp_path)
    assert file.read(30.0) is None
    file.write(a_report)
    assert file.read(30.0) == a_report
    assert file.read(30.0, time.time() + 40) is None, "a mirror that hangs says nothing new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["health.json"]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[" * 70_000, b"null"])
def test_a_report_that_is_damaged(tmp_path, content):
    (tmp_path / "health.json").write_bytes(content)
    assert health.HealthFile(tmp_path).read(30.0) is None


def test_nowhere_to_keep_the_report(tmp_path, a_report):
    health.HealthFile(None).write(a_report)
    assert health.HealthFile("").read(30.0) is None
    (tmp_path / "file").touch()
    health.HealthFile(tmp_path / "file").write(a_report)
