"""Physical buttons and a rotary encoder on GPIO pins, through gpiozero."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final, Self

import msgspec

from installation.errors import ControlError, UsageError
from installation.plugins import factory
from installation.settings import ButtonsSettings
from installation.show.commands import Command, SetStyle, StepStrength, StepStyle

BOUNCE_SECONDS: Final = 0.05
"""Seconds of debouncing: contacts bounce for a few milliseconds, and nobody presses twice within this time."""
STRENGTH_STEP: Final = 0.05
"""Change of strength by one click of the encoder."""

logger = logging.getLogger(__name__)


class Buttons:
    """Turns presses into commands. ``put`` is called on gpiozero's threads and must return at once.

    ``pin_factory`` is gpiozero's; None takes the default for this machine.

    Raises:
        ControlError: gpiozero or the plug-in is missing, or a pin cannot be used.
    """

    def __init__(self, settings: ButtonsSettings, put: Callable[[Command], None], pin_factory: Any = None) -> None:
        self._put = put
        self._factory = pin_factory
        self._stack = ExitStack()
        if settings.plugin:
            try:
                self._stack.callback(factory("buttons", settings.plugin)(settings, put).close)
            except UsageError as error:
                raise ControlError(str(error)) from None
        if not _pins(settings):
            return
        try:
            import gpiozero
        except ImportError:
            self.close()
            raise ControlError("buttons need gpiozero; run: sudo apt install python3-gpiozero python3-lgpio") from None
        try:
            self._open(settings, gpiozero)
        except gpiozero.GPIOZeroError as error:
            self.close()
            raise ControlError(f"the buttons cannot be used ({error}); check the pins in [buttons]") from None

    def close(self) -> None:
        """Release the pins; idempotent."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self, settings: ButtonsSettings, gpiozero: Any) -> None:
        for pin, style in settings.styles.items():
            self._button(gpiozero, int(pin), SetStyle(style))
        if settings.next is not None:
            self._button(gpiozero, settings.next, StepStyle(1))
        if settings.previous is not None:
            self._button(gpiozero, settings.previous, StepStyle(-1))
        if settings.encoder is not None:
            encoder = gpiozero.RotaryEncoder(*settings.encoder, max_steps=0, pin_factory=self._factory)
            self._stack.callback(encoder.close)
            encoder.when_rotated_clockwise = lambda: self._put(StepStrength(STRENGTH_STEP))
            encoder.when_rotated_counter_clockwise = lambda: self._put(StepStrength(-STRENGTH_STEP))

    def _button(self, gpiozero: Any, pin: int, command: Command) -> None:
        button = gpiozero.Button(pin, bounce_time=BOUNCE_SECONDS, pin_factory=self._factory)
        self._stack.callback(button.close)
        button.when_pressed = lambda: self._put(command)


def wanted(settings: ButtonsSettings) -> bool:
    """Whether there is any button."""
    return settings != ButtonsSettings()


def _pins(settings: ButtonsSettings) -> bool:
    return msgspec.structs.replace(settings, plugin="") != ButtonsSettings()


def open_buttons(settings: ButtonsSettings, put: Callable[[Command], None]) -> Buttons | None:
    """The mirror's own buttons; None where there are none, or where they fail: the exhibit works without them."""
    if not wanted(settings):
        return None
    try:
        return Buttons(settings, put)
    except ControlError as error:
        logger.warning("%s", error)
        return None
