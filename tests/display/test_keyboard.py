import pytest

from installation.display.keyboard import command_of
from installation.show.commands import PickStyle, Quit, StepStrength, StepStyle, ToggleHold


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("1", PickStyle(0)),
        ("9", PickStyle(8)),
        ("[3]", PickStyle(2)),
        ("Left", StepStyle(-1)),
        ("up", StepStrength(0.1)),
        ("Space", ToggleHold()),
        ("Q", Quit()),
        ("0", None),
        ("", None),
    ],
)
def test_keys(key, command):
    assert command_of(key) == command
