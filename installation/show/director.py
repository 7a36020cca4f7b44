"""Decides what is shown now: the visitor's choice, the morph to it, the attract loop when idle, opening hours."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from installation.errors import StyleError
from installation.settings import WEEKDAYS, ShowSettings
from installation.show.commands import (
    Command,
    PickStyle,
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
from installation.show.offer import Offer
from installation.show.opening_hours import is_open
from installation.show.surprise import draw_seed, paintings, surprise
from installation.show.transitions import Morph, Slide, normalized

Phase = Literal["visitor", "attract", "closed", "off"]

RESTING: Final[tuple[Phase, ...]] = ("closed", "off")
"""Phases in which nothing is painted."""
STRENGTH_SECONDS: Final = 0.5
"""Seconds that a change of strength takes: short, because it follows a finger on a slider."""

SHORTEST_MORPH: Final = 0.5
LONGEST_MORPH: Final = 86400.0
"""Bounds of a morph's length in seconds. Shorter morphs to and fro would make the screen flash."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is on screen at one moment.

    ``mix`` holds positive weights that sum to 1 (a morph in progress included); ``style`` is the name of the style with
    the largest weight in the morph's target; ``strength`` is the current strength, 0…1; ``surprise`` is the seed of the
    target, None where that is no surprise.
    """

    mix: Mapping[str, float]
    style: str
    strength: float
    phase: Phase
    attract: bool
    held: bool
    surprise: int | None = None


class Director:
    """Pure logic: ``now`` is monotonic seconds, ``local`` the wall clock, None while the time is unknown; the exhibit
    stays open then.

    ``photo`` may be among the styles on offer, but the attract loop leaves it out. ``draw`` draws a seed of surprises.
    """

    def __init__(self, settings: ShowSettings, offer: Offer, now: float, draw: Callable[[], int] = draw_seed) -> None:
        self._settings = settings
        self._offer = offer
        self._draw = draw
        self._surprise: int | None = None
        self._attract = settings.attract
        self._display = True
        self._held = False
        self._touched = now
        self._walked = -math.inf
        self._present: bool | None = None
        self._came = -math.inf
        self._mix = Morph.still({offer.first: 1.0})
        self._strength = Slide.still(settings.strength)

    def offer(self, offer: Offer) -> None:
        """Use another offer; a style that it lacks leaves the mix at once."""
        self._offer = offer
        mix = {name: weight for name, weight in self._mix.target.items() if name in offer.names}
        if len(mix) < len(self._mix.target):
            self._surprise = None
        self._mix = Morph.still(normalized(mix or {offer.first: 1.0}))

    def obey(self, command: Command, now: float) -> None:
        """Execute a command; values out of range are clipped, commands for other parts are ignored.

        Raises:
            StyleError: the command names a style that is not on offer; nothing changes then.
        """
        match command:
            case SetStyle(name):
                self._choose({name: 1.0}, None, now)
            case SetMix(weights, seconds):
                self._choose(weights, seconds, now)
            case SetSurprise(seed):
                seed = self._draw() if seed is None else seed
                self._choose(surprise(seed, self._offer.names), None, now)
                self._surprise = seed
            case PickStyle(index):
                if 0 <= index < len(self._offer.names):
                    self._choose({self._offer.names[index]: 1.0}, None, now)
            case StepStyle(by):
                self._choose({self._neighbour(by): 1.0}, None, now)
            case SetStrength(value):
                self._strengthen(value, now)
            case StepStrength(by):
                self._strengthen(self._strength.target + by, now)
            case SetAttract(on):
                self._attract = on
                self._touched = now if on else self._touched
            case SetDisplay(on):
                self._display = on
            case ToggleHold():
                self._held = not self._held
                self._touched = now

    def notice(self, present: bool, now: float) -> None:
        """Hear whether somebody is in front of the mirror; never called where nobody looks."""
        if present and not self._present:
            self._came = now
            self._walked = -math.inf
        self._present = present

    def scene(self, now: float, local: datetime | None) -> Scene:
        """The scene of this moment."""
        phase = self._phase(now, local)
        if self._idle(now) or phase in RESTING:
            # The visitor who held the picture has left: a mirror that stays frozen looks broken.
            self._held = False
        if phase == "attract":
            self._walk(now, local)
        return Scene(
            mix=self._mix.at(now),
            style=self._current(),
            strength=self._strength.at(now),
            phase=phase,
            attract=self._attract,
            held=self._held,
            surprise=self._surprise,
        )

    def _phase(self, now: float, local: datetime | None) -> Phase:
        if not self._display:
            return "off"
        if local is not None and not is_open(self._settings.opening, self._settings.exceptions, local):
            return "closed"
        return "attract" if self._attract and self._idle(now) else "visitor"

    def _idle(self, now: float) -> bool:
        """Whether nobody has chosen for long, and nobody has just come."""
        after = self._settings.attract_after
        return now - self._touched >= after and not (self._present and now - self._came < after)

    def _walk(self, now: float, local: datetime | None) -> None:
        if now - self._walked < self._settings.attract_every:
            return
        self._walked = now
        walk = self._playlist(local)
        # The attract loop uses the strength of the settings, not the last visitor's.
        self._slide(self._settings.strength, self._settings.morph_seconds, now)
        if self._settings.attract_drift:
            self._drift(walk, now)
            return
        current = self._current()
        following = walk[(walk.index(current) + 1) % len(walk)] if current in walk else walk[0]
        self._surprise = None
        self._morph({following: 1.0}, None, now)

    def _drift(self, walk: list[str], now: float) -> None:
        """Set out for another surprise, to arrive just when the next sets out."""
        seed = self._draw()
        mix = surprise(seed, walk)
        # A playlist's surprise can be had again by its seed only if all the styles on offer give the same.
        self._surprise = seed if mix == surprise(seed, self._offer.names) else None
        self._morph(mix, self._settings.attract_every, now)

    def _playlist(self, local: datetime | None) -> list[str]:
        """The attract loop's styles, at least one: today's playlist, or all on offer but the plain mirror."""
        today = WEEKDAYS[local.weekday()] if local is not None else ""
        for playlist in self._settings.playlist:
            if today in playlist.days and (names := [name for name in playlist.styles if name in self._offer.names]):
                return names
        return paintings(self._offer.names)

    def _choose(self, weights: Mapping[str, float], seconds: float | None, now: float) -> None:
        for name in weights:
            self._offer.check(name)
        if not weights or not all(math.isfinite(weight) and weight > 0 for weight in weights.values()):
            raise StyleError("a mix needs styles with weights above 0")
        self._touch(now)
        self._surprise = None
        self._morph(normalized(weights), seconds, now)

    def _strengthen(self, value: float, now: float) -> None:
        if not math.isfinite(value):
            return
        self._touch(now)
        self._slide(min(1.0, max(0.0, value)), STRENGTH_SECONDS, now)

    def _morph(self, target: Mapping[str, float], seconds: float | None, now: float) -> None:
        length = self._settings.morph_seconds if seconds is None else seconds
        self._mix = Morph(self._mix.at(now), target, now, min(max(length, SHORTEST_MORPH), LONGEST_MORPH))

    def _slide(self, target: float, seconds: float, now: float) -> None:
        self._strength = Slide(self._strength.at(now), target, now, max(seconds, STRENGTH_SECONDS))

    def _touch(self, now: float) -> None:
        self._touched = now
        self._walked = -math.inf
        self._held = False

    def _neighbour(self, by: int) -> str:
        current = self._current()
        start = self._offer.names.index(current) if current in self._offer.names else (-1 if by > 0 else 0)
        return self._offer.names[(start + by) % len(self._offer.names)]

    def _current(self) -> str:
        mix = self._mix.target
        return max(mix, key=lambda name: mix[name])
