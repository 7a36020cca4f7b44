import pytest

from installation.cli import main
from installation.control.buttons import STRENGTH_STEP, Buttons, open_buttons
from installation.control.mqtt.panel import PanelClient
from installation.errors import ControlError
from installation.settings import ButtonsSettings
from installation.show.commands import Command, SetStyle, StepStrength, StepStyle
from tests.control.hub import BASE, peer, until
from tests.control.parts import a_scene

SETTINGS = ButtonsSettings(styles={"17": "great-wave", "27": "scream"}, next=22, previous=23, encoder=(5, 6))


@pytest.fixture
def factory():
    """gpiozero's own mock pins."""
    pytest.importorskip("gpiozero")
    from gpiozero.pins.mock import MockFactory

    one = MockFactory()
    yield one
    one.close()


def press(factory, number):
    pin = factory.pin(number)
    pin.drive_low()
    pin.drive_high()


def turn(factory, *order):
    """One click: the two contacts close one after the other, and open so."""
    pins = [factory.pin(number) for number in order]
    for pin in pins:
        pin.drive_low()
    for pin in pins:
        pin.drive_high()


def test_presses_are_commands(factory):
    commands: list[Command] = []
    with Buttons(SETTINGS, commands.append, factory):
        for number in (17, 27, 22, 23):
            press(factory, number)
        assert commands == [SetStyle("great-wave"), SetStyle("scream"), StepStyle(1), StepStyle(-1)]
    press(factory, 17)
    assert len(commands) == 4


def test_the_encoder_turns_the_strength(factory):
    commands: list[Command] = []
    with Buttons(SETTINGS, commands.append, factory):
        turn(factory, 5, 6)
        turn(factory, 6, 5)
    assert {StepStrength(-STRENGTH_STEP), StepStrength(STRENGTH_STEP)} == set(commands)
    assert len(commands) == 2


def test_a_pin_that_is_taken(factory):
    with Buttons(ButtonsSettings(next=22), print, factory), pytest.raises(ControlError, match=r"\[buttons\]"):
        Buttons(ButtonsSettings(previous=22), print, factory)
    Buttons(ButtonsSettings(previous=22), print, factory).close()


def test_a_mirror_goes_on_without_its_buttons(monkeypatch, caplog):
    assert open_buttons(ButtonsSettings(), print) is None
    assert not caplog.records
    monkeypatch.setitem(__import__("sys").modules, "gpiozero", None)
    assert open_buttons(SETTINGS, print) is None
    assert "gpiozero" in caplog.text


def test_a_panel_of_its_own(hub, make_control, factory):
    control = make_control(hub.settings(username="mirror", password="m"))
    control.show(a_scene("scream", 0.5))
    remote = PanelClient(hub.settings(username="panel", password="p"), "mirror")
    with peer(hub.port, f"{BASE}/#", user="technician", password="t") as technician:
        technician.wait(f"{BASE}/mirror/strength/state", "0.5")
        remote.start()
        until(lambda: remote._styles and remote._style and remote._strength == 0.5)
        with Buttons(SETTINGS, remote.put, factory):
            press(factory, 22)
            technician.wait(f"{BASE}/mirror/style/set", "photo")
            press(factory, 22)
            technician.wait(f"{BASE}/mirror/style/set", "great-wave")
            press(factory, 27)
            technician.wait(f"{BASE}/mirror/style/set", "scream")
            turn(factory, 5, 6)
            until(lambda: technician.said(f"{BASE}/mirror/strength/set") in ("0.550", "0.450"))
        remote.stop()


def test_presses_wait_for_the_broker_but_not_for_long(monkeypatch):
    from installation.settings import BrokerSettings

    remote = PanelClient(BrokerSettings(), "mirror")
    sent = []
    monkeypatch.setattr(remote._link, "publish", lambda topic, payload, **_: sent.append(payload))
    remote.put(SetStyle("scream"))
    ((made, _command),) = remote._commands
    remote.tick(made + 60)
    remote.put(SetStyle("photo"))
    remote.put(StepStyle(1))  # nobody has said yet what there is
    remote.tick(made + 1)
    assert sent == ["photo"]


@pytest.mark.parametrize(
    ("text", "word"), [("[buttons]\nnext = 17\n", "broker.url"), ('[broker]\nurl = "mqtt://hub"\n', "buttons")]
)
def test_settings_that_make_no_panel(tmp_path, capsys, text, word):
    (tmp_path / "s.toml").write_text(text)
    assert main(["buttons", "--config", str(tmp_path / "s.toml")]) == 2
    assert word in capsys.readouterr().err
