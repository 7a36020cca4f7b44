import pytest

from installation.control.keyboard import wish_of
from installation.wishes import PickStyle, Quit, StepStrength, StepStyle, ToggleHold


@pytest.mark.parametrize(
    ("key", "wish"),
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
def test_keys(key, wish):
    assert wish_of(key) == wish
