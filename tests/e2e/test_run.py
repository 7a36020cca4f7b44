"""`art-installation run` as a person starts it: a process of its own, the real network, the fakes that ship."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from installation.camera import bundled_clip
from installation.collection import Collection
from installation.network.tflite import NetworkFile

pytestmark = pytest.mark.e2e

COMMAND = [sys.executable, "-m", "installation"]


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """A state folder that all tests share, so that the timing at start happens once."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def art(state):
    """Run a command line; returns the finished process."""

    def run(*arguments, timeout=90):
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            env={**os.environ, "STATE_DIRECTORY": str(state)},
        )

    return run


@pytest.fixture
def quiet():
    """Times mean little while other programs have the processors."""
    if os.getloadavg()[0] > 1.5 * (os.cpu_count() or 1) and "ART_CI" not in os.environ:
        pytest.skip("the machine is busy with other things")


def headless(camera, report, frames):
    """Class 256 on a screen of 16:9, so that figures can be compared."""
    config = report.with_name("settings.toml")
    config.write_text("[network]\nsize = 256\n")
    return (
        "run",
        "--config",
        config,
        "--camera",
        camera,
        "--display",
        "headless",
        "--frames",
        frames,
        "--report",
        report,
    )


def test_a_clip_through_the_whole_mirror(art, tmp_path):
    path = tmp_path / "r.json"
    done = art(*headless(f"video:{bundled_clip()}", path, 300))
    assert done.returncode == 0, done.stderr
    report = json.loads(path.read_text())
    assert report["frames"] == 300
    assert report["fps"] > 3
    assert 0 < report["inference_ms"]["median"] <= report["inference_ms"]["p95"]
    assert 0 < report["latency_ms"]["median"] <= report["latency_ms"]["p95"]
    assert report["network"] == NetworkFile.load(Collection.load(None).network_path).sha256
    assert {"dropped", "runtime", "weights", "threads", "rss_mb", "arena_mb"} <= set(report)
    assert (report["width"], report["height"], report["cost_class"]) == (336, 192, 256)
    assert report["rss_mb"] <= 150
    assert report["arena_mb"] <= 12
    assert report["failures"] == 0


def test_nothing_but_painting_costs_much_time(quiet, art, tmp_path):
    """Unpaced, the mirror keeps most of the rate that painting alone allows; ``bench`` tells how much on this machine.

    On a quiet machine four fifths are wanted; the bound here is what a busy one still holds.
    """
    shares = []
    for attempt in range(3):  # another program on the machine may spoil one of them
        path = tmp_path / f"r{attempt}.json"
        done = art(*headless("synthetic", path, 400), "--unpaced")
        assert done.returncode == 0, done.stderr
        report = json.loads(path.read_text())
        assert report["dropped"] == 0
        shares.append(report["fps"] * report["inference_ms"]["median"] / 1000)
        if shares[-1] >= 0.5:
            return
    pytest.fail(f"reached only {', '.join(f'{share:.0%}' for share in shares)} of what painting allows")


def test_the_first_picture_comes_soon(quiet, art, tmp_path):
    times = []
    for attempt in range(4):
        path = tmp_path / f"r{attempt}.json"
        done = art(*headless("synthetic", path, 3))
        assert done.returncode == 0, done.stderr
        times.append(json.loads(path.read_text())["first_frame_ms"])
        if (
            attempt and times[-1] <= 5000
        ):  # 2500 are wanted, on a quiet machine; the first attempt may have to time the candidates
            return
    pytest.fail(f"the first picture came after {times} ms")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--camera", "video:/none/such.mp4"), 1, "/none/such.mp4"),
        (("--camera", "stills:/none/such"), 1, "/none/such"),
        (("--camera", "telescope"), 2, "telescope"),
        (("--config", "/none/settings.toml"), 2, "/none/settings.toml"),
        (("--camera", "synthetic", "--style", "no-such-style"), 2, "no-such-style"),
        (("--camera", "synthetic", "--report", "/none/such/r.json"), 1, "/none/such/r.json"),
        (("--frames", "0"), 2, "--frames"),
    ],
)
def test_bad_input_is_one_sentence(art, arguments, status, words):
    done = art("run", "--display", "headless", *arguments)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("art-installation: ")
    assert words in last


@pytest.fixture
def started(state):
    """Start a mirror in the background; returns it once its log says ``words``. It is killed in the end."""
    processes = []

    def start(words, *arguments):
        process = subprocess.Popen(
            [*COMMAND, "run", *map(str, arguments)],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "STATE_DIRECTORY": str(state)},
        )
        processes.append(process)
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        lines: list[str] = []
        for line in process.stderr or ():
            lines.append(line)
            if words in line:
                break
        watchdog.cancel()
        assert lines
        assert words in lines[-1], "".join(lines)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_on_a_signal(started, tmp_path, signum):
    report = tmp_path / "r.json"
    process = started("is open", "--camera", "synthetic", "--display", "headless", "--report", report)
    time.sleep(2)
    process.send_signal(signum)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert json.loads(report.read_text())["frames"] > 0


def test_an_exhibit_waits_for_its_camera(started, tmp_path):
    """From settings a missing clip is no error: the holding card stays until somebody cures it."""
    settings = tmp_path / "settings.toml"
    settings.write_text('[camera]\nsource = "video:/none/such.mp4"\n[display]\nmode = "headless"\n')
    process = started("/none/such.mp4", "--config", settings)
    time.sleep(2)
    assert process.poll() is None
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
