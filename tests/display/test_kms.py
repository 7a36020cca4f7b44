"""What stands between an account and the screen of a machine without a desktop."""

import pytest

from installation.display import kms
from installation.display.kms import obstacle


@pytest.fixture
def devices(tmp_path):
    for name in ("card0", "card1", "renderD128"):
        (tmp_path / name).touch()
    return tmp_path


def test_no_device_names_the_overlay(tmp_path):
    for folder in (tmp_path, tmp_path / "dri"):
        what, _, cure = obstacle(folder).partition("; ")
        assert "no graphics device" in what
        assert "vc4-kms-v3d" in cure


@pytest.mark.parametrize(("refused", "group"), [("card", "video"), ("renderD", "render")])
def test_no_permission_names_the_group(devices, refused, group):
    what, _, cure = obstacle(devices, lambda path, _mode: not path.name.startswith(refused)).partition("; ")
    assert f"may not use {devices / refused}" in what
    assert f"-aG {group} " in cure


def test_one_usable_card_is_enough(devices):
    assert obstacle(devices, lambda path, _mode: path.name != "card0") == ""


def test_no_render_node_is_no_obstacle(devices):
    (devices / "renderD128").unlink()
    assert obstacle(devices, lambda _path, _mode: True) == ""


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, ""),
        ({"HDMI-A-1": "1920x1080", "HDMI-A-2": ""}, ""),
        ({"HDMI-A-1": "", "HDMI-A-2": ""}, "no screen is connected (HDMI-A-1, HDMI-A-2)"),
    ],
)
def test_no_screen_is_told_in_words(found, words):
    assert kms.disconnected(found) == words


def test_connectors_with_their_best_mode(tmp_path):
    for name, status, modes in [
        ("card1-HDMI-A-1", "connected\n", "1920x1080\n1280x720\n"),
        ("card1-HDMI-A-2", "disconnected\n", ""),
        ("card1-Writeback-1", "unknown\n", ""),
    ]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "status").write_text(status)
        (tmp_path / name / "modes").write_text(modes)
    assert kms.connectors(tmp_path) == {"HDMI-A-1": "1920x1080", "HDMI-A-2": ""}


def test_without_a_gpu_there_are_no_connectors(tmp_path):
    assert kms.connectors(tmp_path) is None
