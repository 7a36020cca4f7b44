"""The holding card on its own: it comes up whatever the settings say."""

import threading
from pathlib import Path

import pytest

from installation.display import holding
from installation.display.base import Card, View
from installation.display.headless import HeadlessDisplay
from installation.display.holding import hold, usable_settings


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
