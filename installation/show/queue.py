"""The command queue: commands from MQTT, buttons and the keyboard wait here for the next frame."""

import threading
from typing import Final

from installation.show.commands import (
    Command,
    PickStyle,
    Request,
    SetAttract,
    SetDisplay,
    SetMix,
    SetStrength,
    SetStyle,
    SetSurprise,
    StepStrength,
    StepStyle,
    ToggleHold,
)

LIMIT: Final = 64
"""Most commands that wait; beyond it, an old one is dropped."""

_REPLACED: Final = {
    **dict.fromkeys((SetStyle, SetMix, SetSurprise, PickStyle), (SetStyle, SetMix, SetSurprise, PickStyle, StepStyle)),
    SetStrength: (SetStrength, StepStrength),
    SetAttract: (SetAttract,),
    SetDisplay: (SetDisplay,),
}
"""The waiting commands that each command replaces: of two values for one thing only the last counts."""


class CommandQueue:
    """Thread-safe and bounded; never blocks for longer than a list operation.

    However many commands come, at most one remains for each thing that can be set, and consecutive steps are added up.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._commands: list[Command] = []

    def put(self, command: Command) -> None:
        """Leave a command."""
        void = _REPLACED.get(type(command), ())
        with self._lock:
            if void:
                self._commands = [waiting for waiting in self._commands if not isinstance(waiting, void)]
            joined = _joined(self._commands[-1], command) if self._commands else None
            if joined is not None:
                self._commands[-1] = joined
                return
            self._commands.append(command)
            if len(self._commands) > LIMIT:
                del self._commands[self._least()]

    def drain(self) -> list[Command]:
        """Remove and return all commands, in the order in which to execute them."""
        if not self._commands:
            return []
        with self._lock:
            commands, self._commands = self._commands, []
        return commands

    def _least(self) -> int:
        """Index of the command to drop: the oldest step, hold or request; only without any, the oldest of all."""
        for index, command in enumerate(self._commands):
            if isinstance(command, StepStyle | StepStrength | ToggleHold | Request):
                return index
        return 0


def _joined(earlier: Command, later: Command) -> Command | None:
    """One step that equals two in a row; None where there is none."""
    match earlier, later:
        case StepStyle(first), StepStyle(second):
            return StepStyle(first + second)
        # Strength is clipped at its ends, so a step up and one down are not their sum.
        case StepStrength(first), StepStrength(second) if first * second > 0:
            return StepStrength(first + second)
    return None
