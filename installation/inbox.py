"""Where wishes wait for the next frame: from MQTT, buttons and the keyboard, in any thread."""

import threading
from typing import Final

from installation.wishes import (
    PickStyle,
    Request,
    SetAttract,
    SetDisplay,
    SetMix,
    SetStrength,
    SetStyle,
    StepStrength,
    StepStyle,
    ToggleHold,
    Wish,
)

LIMIT: Final = 64
"""Wishes that wait at most; the oldest gives way."""

_REPLACED: Final = {
    SetStyle: (SetStyle, SetMix, PickStyle, StepStyle),
    SetMix: (SetStyle, SetMix, PickStyle, StepStyle),
    PickStyle: (SetStyle, SetMix, PickStyle, StepStyle),
    SetStrength: (SetStrength, StepStrength),
    SetAttract: (SetAttract,),
    SetDisplay: (SetDisplay,),
}
"""What a wish makes void when it comes after: two values for one thing, of which the last counts."""


class Inbox:
    """Thread-safe and bounded; never blocks for longer than a list operation.

    A flood leaves at most one wish for each thing that can be set, and steps that follow each other become one; so what
    is drained is small whatever came.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wishes: list[Wish] = []

    def put(self, wish: Wish) -> None:
        """Leave a wish."""
        void = _REPLACED.get(type(wish), ())
        with self._lock:
            if void:
                self._wishes = [waiting for waiting in self._wishes if not isinstance(waiting, void)]
            joined = _joined(self._wishes[-1], wish) if self._wishes else None
            if joined is not None:
                self._wishes[-1] = joined
                return
            self._wishes.append(wish)
            if len(self._wishes) > LIMIT:
                del self._wishes[self._least()]

    def drain(self) -> list[Wish]:
        """All wishes, in the order they count in; the inbox is empty then."""
        if not self._wishes:
            return []
        with self._lock:
            wishes, self._wishes = self._wishes, []
        return wishes

    def _least(self) -> int:
        """What is given up first: the oldest of what floods are made of, never what was set, never the end."""
        for index, wish in enumerate(self._wishes):
            if isinstance(wish, StepStyle | StepStrength | ToggleHold | Request):
                return index
        return 0


def _joined(earlier: Wish, later: Wish) -> Wish | None:
    """One step that does what two in a row do; None where there is none."""
    match earlier, later:
        case StepStyle(first), StepStyle(second):
            return StepStyle(first + second)
        # Strength is clipped at its ends, so a step up and one down are not their sum.
        case StepStrength(first), StepStrength(second) if first * second > 0:
            return StepStrength(first + second)
    return None
