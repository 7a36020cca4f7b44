"""The state topics: publishes what changed on screen, at a limited rate."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from installation.control.mqtt.topics import NONE, OFF, ON, STATES
from installation.show.director import Scene

PACE: Final = 0.2
"""Seconds between two values of one state that moves steadily, as in a morph; the last one always follows."""
PLACES: Final = 3
"""Decimal places of strengths and weights."""
CLOSE: Final = 0.006
"""Two strengths or weights this close count as one: both sides round."""
_STEADY: Final = frozenset({"strength", "mix"})


def states_of(scene: Scene) -> dict[str, str]:
    """The payload of every state topic."""
    return {
        "style": scene.style,
        "strength": f"{scene.strength:.{PLACES}f}".rstrip("0").rstrip("."),
        "mix": mix_payload(scene.mix),
        "surprise": NONE if scene.surprise is None else str(scene.surprise),
        "attract": ON if scene.attract else OFF,
        "display": OFF if scene.phase == "off" else ON,
        "phase": scene.phase,
    }


def mix_payload(mix: Mapping[str, float]) -> str:
    """The JSON of a mix, its weights to three places."""
    weights = {name: round(weight, PLACES) for name, weight in mix.items() if weight >= 5e-4}
    return msgspec.json.encode({"styles": weights}).decode()


class States:
    """Decides which states to publish. Pure logic; the caller passes the time."""

    def __init__(self) -> None:
        self._scene: Scene | None = None
        self._wanted: dict[str, str] = {}
        self._told: dict[str, str] = {}
        self._told_at: dict[str, float] = {}

    def take(self, scene: Scene) -> None:
        """Note what is on screen now."""
        if scene is not self._scene:
            self._scene = scene
            self._wanted = states_of(scene)

    def reset(self) -> None:
        """Publish every state again."""
        self._told.clear()
        self._told_at.clear()

    def due(self, now: float) -> Iterator[tuple[str, str]]:
        """States to publish now, as ``(what, payload)``; they then count as published."""
        for what in STATES:
            payload = self._wanted.get(what)
            if payload is not None and payload != self._told.get(what) and self._wait(what, now) <= 0.0:
                self._told[what] = payload
                self._told_at[what] = now
                yield what, payload

    def wait(self, now: float) -> float | None:
        """Seconds until `due` has a state again; None if everything is published."""
        waits = [self._wait(what, now) for what, payload in self._wanted.items() if payload != self._told.get(what)]
        return max(0.0, min(waits)) if waits else None

    def _wait(self, what: str, now: float) -> float:
        return self._told_at.get(what, -PACE) + PACE - now if what in _STEADY else 0.0
