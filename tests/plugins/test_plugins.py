"""A package beside the mirror brings a camera, a display and buttons: only its metadata says so."""

from pathlib import Path

import pytest

from installation.camera import make_camera
from installation.camera.synthetic import SyntheticCamera
from installation.control.buttons import open_buttons
from installation.display import make_display
from installation.display.headless import HeadlessDisplay
from installation.errors import UsageError
from installation.plugins import factory
from installation.settings import CameraSettings, Settings, parse
from installation.show.commands import Command, StepStyle

DOCS = Path(__file__).parents[2] / "docs/architecture.md"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of the docs, as pip would install it, with a display and a broken camera besides."""
    code, metadata = (
        block.partition("\n")[2]
        for block in DOCS.read_text().split("```")[1::2]
        if "entry" in block or "Panel" in block
    )
    (tmp_path / "my_parts.py").write_text(
        code + "\nfrom installation.display.headless import HeadlessDisplay as Screen\n"
    )
    info = tmp_path / "my_parts-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-parts\nVersion: 1\n")
    groups = metadata.replace('[project.entry-points."', "[").replace('"]', "]").replace('"', "")
    (info / "entry_points.txt").write_text(
        groups + "broken = my_parts:nothing\n[art_installation.displays]\nscreen = my_parts:Screen\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


def test_a_camera_is_chosen_by_its_name_and_told_its_argument(package: None) -> None:
    camera = make_camera("plugin:tilted:0.5", CameraSettings(), 64)
    assert isinstance(camera, SyntheticCamera)
    assert camera.name == "tilted 0.5"


def test_a_display_and_buttons_are_chosen_by_the_settings(package: None) -> None:
    settings = parse({"display": {"plugin": "screen"}, "buttons": {"plugin": "panel"}})
    assert isinstance(make_display("auto", settings.display), HeadlessDisplay)
    pressed: list[Command] = []
    buttons = open_buttons(settings.buttons, pressed.append)
    assert buttons is not None
    assert pressed == [StepStyle(1)]
    buttons.close()


def test_what_is_not_there_or_broken_is_one_sentence(package: None, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(UsageError, match=r"no package offers 'x' under art_installation\.cameras .*tilted"):
        factory("cameras", "x")
    with pytest.raises(UsageError, match=r"'broken' of art_installation\.buttons cannot be loaded"):
        factory("buttons", "broken")
    settings = Settings(buttons=parse({"buttons": {"plugin": "x"}}).buttons)
    assert open_buttons(settings.buttons, lambda _: None) is None
    assert "no package offers 'x'" in caplog.text
