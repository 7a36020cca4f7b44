"""The doctor: what it finds on machines of all kinds, and that it never falls over."""

import json
import re
from pathlib import Path

import pytest

from installation.cli import main
from installation.commands import doctor
from installation.display import kms
from installation.doctor import broker, machine, parts
from installation.doctor.check import Check, guarded
from installation.doctor.examine import examine
from installation.doctor.service import Service, ask_systemd, check_service
from installation.errors import CameraMissing
from installation.service.health import Health, HealthFile
from installation.settings import BrokerSettings, CameraSettings, DisplaySettings, PathSettings, Settings


def running(camera: str = "ok", display: str = "ok") -> Service:
    report = Health(
        fps=29.8, inference_ms=8.0, frame_age=0.1, camera=camera, display=display, broker="ok", temperature=50.0,
        throttled=False, rss_mb=120.0, uptime=60.0, restarts=0, dropped_commands=0, version="1.2.3",
    )  # fmt: skip
    return Service("active", "great-wave · 29.8 fps · camera ok · broker online", 0, report)


RUNNING = running()


def test_every_part_is_looked_at(tmp_path: Path) -> None:
    settings = Settings(
        camera=CameraSettings(source="synthetic"),
        display=DisplaySettings(mode="headless"),
        paths=PathSettings(state=str(tmp_path)),
    )
    found = {check.name: check.state for check in examine(settings, Service())}
    expected = "version service camera display runtime collection broker clock heat disk overlay watchdog"
    assert list(found) == expected.split()
    assert found["camera"] == found["collection"] == "ok"
    assert found["broker"] == found["service"] == "skipped"


def test_one_broken_part_hides_no_other() -> None:
    def fall_over() -> Check:
        raise ZeroDivisionError("nobody expects this")

    assert guarded("heat", fall_over).state == "bad"


def test_an_error_is_split_into_finding_and_cure() -> None:
    def look() -> Check:
        raise CameraMissing("there is no camera 3; check its cable")

    assert guarded("camera", look) == Check("camera", "bad", "there is no camera 3", "check its cable")


def test_the_mirrors_own_word_counts_while_it_has_the_camera() -> None:
    assert parts.check_camera(CameraSettings(), RUNNING).state == "ok"
    check = parts.check_camera(CameraSettings(), running(camera="webcam 0 · gave no frame"))
    assert (check.state, check.found) == ("bad", "webcam 0 · gave no frame")
    check = parts.check_camera(CameraSettings(), Service("active", "photo · camera ok"))
    assert (check.state, check.cure) == ("note", "run the doctor with sudo"), "the line is for people"


def test_the_health_report_is_found_beside_what_systemd_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(
        "#!/bin/sh\nprintf 'LoadState=loaded\\nActiveState=active\\nStatusText=for people\\nNRestarts=2\\n'\n"
    )
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr("installation.doctor.service.RUNTIME", tmp_path)
    assert ask_systemd() == Service("active", "for people", 2)
    assert RUNNING.health is not None
    HealthFile(tmp_path).write(RUNNING.health)
    assert ask_systemd().health == RUNNING.health


@pytest.mark.parametrize(
    ("service", "state"),
    [
        (Service(), "skipped"),
        (RUNNING, "ok"),
        (Service("failed"), "bad"),
        (Service("active", "photo", restarts=9), "note"),
    ],
)
def test_service(service: Service, state: str) -> None:
    assert check_service(service).state == state


def screens(folder: Path, **connected: str) -> Path:
    for name, modes in connected.items():
        connector = folder / f"card1-{name.replace('_', '-')}"
        connector.mkdir(parents=True)
        (connector / "status").write_text("connected\n" if modes else "disconnected\n")
        (connector / "modes").write_text(modes)
    return folder


def test_connected_screens_are_named_with_their_mode(tmp_path: Path) -> None:
    drm = screens(tmp_path, HDMI_A_1="1920x1080\n1280x720\n", HDMI_A_2="")
    check = parts.check_display(DisplaySettings(), RUNNING, drm)
    assert (check.state, check.found) == ("ok", "HDMI-A-1 1920x1080, in use by the mirror")


def test_no_connected_screen_is_bad(tmp_path: Path) -> None:
    assert parts.check_display(DisplaySettings(), RUNNING, screens(tmp_path, HDMI_A_1="")).state == "bad"


def test_the_mirrors_own_word_on_its_screen(tmp_path: Path) -> None:
    drm = screens(tmp_path, HDMI_A_1="1920x1080\n")
    check = parts.check_display(DisplaySettings(), running(display="shown in a window"), drm)
    assert (check.state, check.found) == ("bad", "shown in a window")


def test_a_machine_without_a_gpu_has_no_connectors(tmp_path: Path) -> None:
    assert kms.connectors(tmp_path) is None


@pytest.mark.parametrize(
    ("devices", "found", "cure"),
    [((), "no graphics device", "vc4-kms-v3d"), (("card0", "card1"), "may not use", "-aG video")],
)
def test_a_screen_out_of_reach_comes_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, devices: tuple[str, ...], found: str, cure: str
) -> None:
    pytest.importorskip("pygame")
    for name in devices:
        (tmp_path / name).touch()
    monkeypatch.setenv("SDL_VIDEODRIVER", "kmsdrm")
    obstacle = kms.obstacle(tmp_path, lambda _path, _mode: False)
    monkeypatch.setattr(kms, "obstacle", lambda: obstacle)
    check = guarded("display", lambda: parts.check_display(DisplaySettings(), Service(), tmp_path / "drm"))
    assert check.state == "bad"
    assert found in check.found
    assert cure in check.cure


@pytest.mark.parametrize(("seconds", "marked", "state"), [(1e9, True, "bad"), (2e9, False, "note"), (2e9, True, "ok")])
def test_clock(tmp_path: Path, seconds: float, marked: bool, state: str) -> None:
    marker = tmp_path / "synchronized"
    if marked:
        marker.touch()
    assert machine.check_clock(marker, seconds).state == state


@pytest.mark.parametrize(
    ("degrees", "slowed", "state"), [(48.0, False, "ok"), (48.0, True, "bad"), (85.0, False, "bad"), (48.0, None, "ok")]
)
def test_heat(degrees: float, slowed: bool | None, state: str) -> None:
    assert machine.check_heat(degrees, slowed).state == state


def test_disk_tells_of_errors_and_wear(tmp_path: Path) -> None:
    ext4, blocks = tmp_path / "ext4/mmcblk0p2", tmp_path / "block/mmcblk0/device"
    ext4.mkdir(parents=True)
    blocks.mkdir(parents=True)
    (ext4 / "errors_count").write_text("0\n")
    (blocks / "life_time").write_text("0x01 0x02\n")
    look = (tmp_path / "not/there/yet", tmp_path / "ext4", tmp_path / "block")
    assert machine.check_disk(*look).state == "ok"
    (blocks / "life_time").write_text("0x0a 0x02\n")
    assert "worn" in machine.check_disk(*look).found
    (ext4 / "errors_count").write_text("3\n")
    assert "errors" in machine.check_disk(*look).found


@pytest.mark.parametrize(
    ("words", "root", "state"),
    [
        ("quiet", "ext4", "ok"),
        ("overlayroot=tmpfs quiet", "overlay", "ok"),
        ("overlayroot=tmpfs:recurse=0", "overlay", "ok"),
        ("overlayroot=tmpfs quiet", "ext4", "bad"),
    ],
)
def test_overlay(tmp_path: Path, words: str, root: str, state: str) -> None:
    (tmp_path / "cmdline").write_text(words + "\n")
    (tmp_path / "mounts").write_text(f"proc /proc proc rw 0 0\n/dev/root / {root} rw 0 0\n")
    assert machine.check_overlay(tmp_path / "cmdline", tmp_path / "mounts").state == state


def test_a_broker_that_is_not_there(tmp_path: Path) -> None:
    settings = Settings(broker=BrokerSettings(url="mqtt://127.0.0.1:9"))
    check = broker.check_broker(settings, patience=1.0)
    assert check.state == "bad"
    assert check.cure


def test_a_credential_is_found_where_it_came_from(tmp_path: Path) -> None:
    settings = Settings(broker=BrokerSettings(password_file="mqtt-password"))
    assert broker.with_password(settings, tmp_path) == settings
    (tmp_path / "mqtt-password").write_text("secret")
    assert broker.with_password(settings, tmp_path).broker.password_file == str(tmp_path / "mqtt-password")


def test_the_command_answers_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('[camera]\nsource = "synthetic"\n[display]\nmode = "headless"\n')
    status = main(["doctor", "--config", str(settings), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert status == (0 if answer["healthy"] else 1)
    assert {"name", "state", "found", "cure"} == set(answer["checks"][0])


def test_the_command_answers_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('[camera]\nsource = "stills:/not/there"\n[display]\nmode = "headless"\n')
    assert main(["doctor", "--config", str(settings)]) == 1
    output = capsys.readouterr().out
    assert "bad" in output
    assert "→" in output


def test_on_a_terminal_a_cure_is_broken_between_words(monkeypatch, capsys):
    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("COLUMNS", "50")):
        monkeypatch.setenv(name, value)
    cure = "choose --display headless, or put the driver into /boot/firmware/config.txt and restart"
    doctor._print([Check("display", "bad", "there is no graphics device", cure)])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert all(len(line) <= 50 for line in lines)
    assert " ".join(" ".join(lines).split()) == f"bad display there is no graphics device → {cure}"
