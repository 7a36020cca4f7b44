"""The walk through a device: every step of it on parts that are there on any machine."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from installation.cli import main
from installation.commands.full_examination import judge_heat
from installation.doctor import walk
from installation.doctor.heat import HeatLog, Sample
from installation.doctor.pattern import screen_pattern
from installation.doctor.service import Service
from installation.settings import ButtonsSettings, CameraSettings, DisplaySettings

SETTINGS = """
[installation]
id = "foyer-1"
[camera]
source = "synthetic"
fps = 15.0
[display]
mode = "headless"
[network]
runtime = "litert"
weights = "int8"
threads = 1
size = 192
[paths]
state = "{state}"
"""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody at the terminal, and no mirror that runs."""
    monkeypatch.setattr(walk, "CAMERA_SECONDS", 0.2)
    monkeypatch.setattr("installation.doctor.service.ask_systemd", Service)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)


def test_the_whole_walk_writes_one_report(quick: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, report = tmp_path / "settings.toml", tmp_path / "report.json"
    config.write_text(SETTINGS.format(state=tmp_path))
    words = ["doctor", "--full", "--config", str(config), "--minutes", "0.05", "--report", str(report)]
    assert main(words) in (0, 1)
    found = json.loads(report.read_text())
    assert found["installation"] == "foyer-1"
    assert {"system", "kernel", "python"} <= set(found["machine"])
    assert [step["name"] for step in found["walk"]] == ["camera", "screen", "buttons", "speed", "warmth"]
    assert found["run"]["frames"] > 0
    assert len(found["heat"]) >= 1
    assert str(report) in capsys.readouterr().out


def test_a_mirror_that_runs_keeps_its_camera(monkeypatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("installation.doctor.service.ask_systemd", lambda: Service("active", "x"))
    assert main(["doctor", "--full", "--report", str(tmp_path / "r.json")]) == 2
    assert "systemctl stop art-installation.service" in capsys.readouterr().err
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize(("answer", "state"), [("y", "ok"), ("yes", "ok"), ("n", "bad"), ("", "note")])
def test_a_persons_answer_decides(answer: str, state: str) -> None:
    check = walk.try_screen(DisplaySettings(mode="headless"), lambda _question: answer, seconds=0.05)
    assert check.state == state


def test_a_slow_camera_is_noted() -> None:
    check = walk.try_camera(CameraSettings(source="synthetic", fps=5.0), seconds=1.0)
    assert check.state in ("ok", "note")  # a busy machine may be slow itself
    assert "of the 5 asked for" in check.found


def test_no_buttons_are_no_fault() -> None:
    assert walk.try_buttons(ButtonsSettings()).state == "skipped"


def test_the_pattern_has_an_edge_on_every_side() -> None:
    pattern = screen_pattern(320, 180)
    assert pattern.shape == (180, 320, 3)
    assert all((side == 255).all() for side in (pattern[0], pattern[-1], pattern[:, 0], pattern[:, -1]))
    assert len(np.unique(pattern[60, 10:-10], axis=0)) >= 7


def test_heat_is_looked_at_until_the_end() -> None:
    log = HeatLog(0.01, lambda seconds: Sample(seconds, 50.0, False, 1500.0))
    with log:
        time.sleep(0.1)
    assert len(log.samples) >= 2


@pytest.mark.parametrize(
    ("samples", "state"),
    [
        ([], "skipped"),
        ([Sample(0, None, None, None)], "skipped"),
        ([Sample(0, 45.0, False, 1500.0), Sample(10, 62.0, False, 1500.0)], "ok"),
        ([Sample(0, 45.0, False, 1500.0), Sample(10, 81.0, False, 1500.0)], "bad"),
        ([Sample(0, 45.0, False, 1500.0), Sample(10, 70.0, True, 900.0)], "bad"),
    ],
)
def test_heat_is_judged_by_its_worst_moment(samples: list[Sample], state: str) -> None:
    assert judge_heat(samples).state == state
