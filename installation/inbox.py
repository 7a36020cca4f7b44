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
    Wish,
)

LIMIT: Final = 64
"""Wishes that wait at most; the oldest gives way."""

_REPLACED: Final = {
    SetStyle: (SetStyle, SetMix, PickStyle),
    SetMix: (SetStyle, SetMix, PickStyle),
    PickStyle: (SetStyle, SetMix, PickStyle),
    SetStrength: (SetStrength, StepStrength),
    SetAttract: (SetAttract,),
    SetDisplay: (SetDisplay,),
}
"""What a wish makes void when it comes after: two values for one thing, of which the last counts."""


class Inbox:
    """Thread-safe and bounded; never blocks for longer than a list operation.

    A flood leaves at most one wish for each thing that can be set, so what is drained is small whatever came.
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
            self._wishes.append(wish)
            if len(self._wishes) > LIMIT:
                del self._wishes[self._oldest_step()]

    def drain(self) -> list[Wish]:
        """All wishes, in the order they count in; the inbox is empty then."""
        if not self._wishes:
            return []
        with self._lock:
            wishes, self._wishes = self._wishes, []
        return wishes

    def _oldest_step(self) -> int:
        """What is given up first: steps and requests, which a flood is made of, before anything that was set."""
        for index, wish in enumerate(self._wishes):
            if isinstance(wish, StepStyle | StepStrength | Request):
                return index
        return 0
