import pytest

from installation.cli import main
from installation.control import buttons
from installation.control.mqtt import panel

pytestmark = pytest.mark.usefixtures("process_state")


@pytest.mark.parametrize(
    ("text", "said"),
    [("[buttons]\nnext = 17\n", "names no broker"), ('[broker]\nurl = "mqtt://hub"\n', "no pin is named")],
)
def test_what_has_to_be_in_the_settings(tmp_path, capsys, text, said):
    config = tmp_path / "settings.toml"
    config.write_text(text)
    assert main(["buttons", "--config", str(config)]) == 2
    assert said in capsys.readouterr().err


def test_the_panel_starts_with_the_buttons_and_stops_in_the_end(tmp_path, monkeypatch):
    happened: list[object] = []

    class Panel:
        def __init__(self, broker, identity):
            happened.append((broker.url, identity))

        def put(self, command):
            """Nobody presses."""

        def start(self):
            happened.append("start")
            raise KeyboardInterrupt

        def stop(self):
            happened.append("stop")

    class Pins:
        def __init__(self, settings, _put):
            happened.append(settings.next)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            happened.append("closed")

    monkeypatch.setattr(panel, "PanelClient", Panel)
    monkeypatch.setattr(buttons, "Buttons", Pins)
    config = tmp_path / "settings.toml"
    config.write_text('[installation]\nid = "foyer"\n[buttons]\nnext = 17\n')
    assert main(["buttons", "--config", str(config), "--broker", "mqtt://hub"]) == 130
    assert happened == [("mqtt://hub", "foyer"), 17, "start", "closed"]
