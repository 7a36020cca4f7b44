"""The holding card on its own: it comes up whatever the settings say."""

import signal
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.display import holding
from installation.display.base import Card, Display, View
from installation.display.headless import HeadlessDisplay
from installation.display.holding import hold, main, open_display, usable_settings
from installation.errors import DisplayError
from installation.service import journal
from installation.settings import DisplaySettings, Settings


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text)
    return path


def test_name_and_screen_survive_a_mistake_elsewhere(tmp_path: Path) -> None:
    text = '[installation]\nname = "Foyer"\n[display]\nrotation = 90\n[camera]\nfsp = 3\n[nonsense]\n'
    settings = usable_settings(written(tmp_path, text))
    assert (settings.installation.name, settings.display.rotation) == ("Foyer", 90)


def test_a_refused_group_is_as_built_in(tmp_path: Path) -> None:
    settings = usable_settings(written(tmp_path, '[installation]\nname = "Foyer"\n[display]\nrotation = 45\n'))
    assert (settings.installation.name, settings.display.rotation) == ("Foyer", 0)


@pytest.mark.parametrize("text", ["", "[[[", 'display = "yes"', "installation = 3"])
def test_nothing_usable_is_no_obstacle(tmp_path: Path, text: str) -> None:
    assert usable_settings(written(tmp_path, text)).display.rotation == 0


def test_no_file_is_no_obstacle(tmp_path: Path) -> None:
    assert usable_settings(tmp_path / "none.toml").installation.name
    assert usable_settings(None).installation.name


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    assert usable_settings(written(tmp_path, '\ufeff[installation]\nname = "Foyer"\n')).installation.name == "Foyer"


@pytest.mark.parametrize("content", [b"a = " + b"[" * 20_000, b"#" * 2**22, b"\xff\xfe", b"a = " + b"1" * 5_000])
def test_hostile_files_are_no_obstacle(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    assert usable_settings(path) == Settings()


@given(st.binary(max_size=300))
def test_no_content_breaks_the_card(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    path.write_bytes(content)
    assert usable_settings(path).installation.name


class Broken(HeadlessDisplay):
    def open(self) -> None:
        raise DisplayError("no screen opens (busy); end what else has it")


def test_a_screen_that_does_not_open_as_the_settings_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, int]] = []

    def make(mode: str, settings: DisplaySettings) -> Display:
        opened.append((mode, settings.rotation))
        return Broken() if mode == "fullscreen" else HeadlessDisplay()

    monkeypatch.setattr(holding, "make_display", make)
    with open_display(DisplaySettings(mode="fullscreen", rotation=90, width=8192)) as display:
        assert display.name == "headless"
    assert opened == [("fullscreen", 90), ("auto", 90)]


def test_without_a_screen_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def make(_mode: str, _settings: DisplaySettings) -> Display:
        raise DisplayError("no window can be opened; install pygame")

    monkeypatch.setattr(holding, "make_display", make)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(journal, "configure", lambda **_: None)
    assert main([]) == 1
    assert caplog.records[-1].getMessage() == "no window can be opened; install pygame"


class Patience(HeadlessDisplay):
    """Somebody ends the card when it has been shown a third time."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self._end = stop

    def show(self, view: View) -> None:
        super().show(view)
        if self.shown == 3:
            self._end.set()


def test_the_card_stays_until_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "PAUSE", 0.01)
    stop = threading.Event()
    display = Patience(stop)
    hold(display, Card("Foyer", "Back soon"), stop)
    assert display.shown == 3
    assert display.view == View(card=Card("Foyer", "Back soon"))
