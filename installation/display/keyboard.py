"""Key bindings."""

from typing import Final

from installation.show.commands import Command, PickStyle, Quit, SetSurprise, StepStrength, StepStyle, ToggleHold

STRENGTH_STEP: Final = 0.1

KEYS: Final[dict[str, Command]] = {
    **{str(number): PickStyle(number - 1) for number in range(1, 10)},
    "left": StepStyle(-1),
    "right": StepStyle(1),
    "up": StepStrength(STRENGTH_STEP),
    "down": StepStrength(-STRENGTH_STEP),
    "space": ToggleHold(),
    "s": SetSurprise(),
    "q": Quit(),
    "escape": Quit(),
}
"""Commands by SDL's name of the key, in lower case."""


def command_of(key: str) -> Command | None:
    """The command of the key with this name; None if it has none."""
    return KEYS.get(key.lower().removeprefix("[").removesuffix("]"))  # SDL writes keypad digits in brackets
