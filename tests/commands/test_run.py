"""`run` and `demo` within this process; tests/e2e/test_run.py starts them as processes of their own."""

import json
import os
import signal
import threading

import pytest

from installation import display
from installation.camera import bundled_clip
from installation.cli import main
from installation.commands import run as run_module
from installation.control.web import embedded
from installation.mirror.loop import Mirror
from installation.settings import Settings

pytestmark = pytest.mark.usefixtures("process_state")


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(
        f'[network]\nweights = "int8"\nthreads = 1\nsize = 192\n[display]\nmode = "headless"\n'
        f'[camera]\nsource = "synthetic"\n[paths]\nstate = "{tmp_path}"\n'
    )
    return path


def test_so_many_pictures_and_a_report(config, tmp_path):
    report = tmp_path / "report.json"
    assert main(["run", "--config", str(config), "--frames", "12", "--report", str(report), "--unpaced"]) == 0
    measured = json.loads(report.read_text())
    assert measured["frames"] == 12
    assert measured["cost_class"] == 192
    assert measured["camera"] == "synthetic"


def test_a_signal_ends_it_in_order(config, monkeypatch):
    original = Mirror.run

    def run(mirror, frames=None):
        os.kill(os.getpid(), signal.SIGTERM)
        return original(mirror, frames)

    monkeypatch.setattr(Mirror, "run", run)
    assert main(["run", "--config", str(config)]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--frames", "0"], "--frames 0: must be 1 or more"),
        (["--style", "nobody"], "nobody"),
        (["--camera", "telescope"], "telescope"),
        (["--broker", "hub"], "broker.url"),
    ],
)
def test_wrong_words(config, capsys, words, said):
    assert main(["run", "--config", str(config), *words]) == 2
    assert said in capsys.readouterr().err


def test_a_report_into_no_folder_is_refused_before_anything_starts(config, tmp_path, capsys):
    assert main(["run", "--config", str(config), "--report", str(tmp_path / "gone" / "report.json")]) == 1
    assert "there is no such folder" in capsys.readouterr().err


def test_a_driver_that_hangs_at_the_end_is_left(monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(os, "_exit", lambda _status: ended.set())
    with run_module.Deadline(0.01) as deadline:
        deadline.start()
        assert ended.wait(10)


class TestDemo:
    @pytest.fixture
    def wanted(self, monkeypatch):
        """The settings that the demo would run with."""
        wanted: list[Settings] = []

        def take(settings, *_args, **_more):
            wanted.append(settings)
            return 0

        monkeypatch.setattr(run_module, "run_mirror", take)
        return wanted

    def test_a_window_a_clip_and_a_broker(self, wanted, monkeypatch):
        monkeypatch.setattr(display, "missing", lambda: "")
        monkeypatch.setattr(embedded, "missing", lambda: "")
        assert main(["demo"]) == 0
        assert wanted[0].camera.source == f"video:{bundled_clip()}"
        assert wanted[0].display.mode == "window"
        assert wanted[0].broker.url == "embedded"

    def test_without_a_screen_it_says_so_and_runs(self, wanted, monkeypatch, capsys):
        monkeypatch.setattr(display, "missing", lambda: "there is no screen; connect one")
        assert main(["demo", "--broker", "none"]) == 0
        assert wanted[0].display.mode == "headless"
        assert "runs without a window" in capsys.readouterr().err

    def test_without_a_broker_it_says_so_and_runs(self, wanted, monkeypatch, capsys):
        monkeypatch.setattr(embedded, "missing", lambda: embedded.NO_BROKER)
        assert main(["demo", "--display", "headless"]) == 0
        assert wanted[0].broker.url == "none"
        assert "apt install mosquitto" in capsys.readouterr().err
