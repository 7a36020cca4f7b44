"""Commands of visitors, buttons, keys and technicians: small typed values, already decoded and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class SetStyle:
    """Show one style, at the current strength."""

    name: str


@dataclass(frozen=True, slots=True)
class SetMix:
    """Blend styles; weights are positive and sum to 1. ``seconds`` is the morph's length, None the default."""

    weights: Mapping[str, float]
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SetSurprise:
    """Show a surprise by its seed, see `installation.show.surprise`; None draws one by chance."""

    seed: int | None = None


@dataclass(frozen=True, slots=True)
class SetStrength:
    """Set the strength, 0 (plain mirror) to 1 (full style)."""

    value: float


@dataclass(frozen=True, slots=True)
class SetAttract:
    """Switch the attract loop on or off."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetDisplay:
    """Switch the picture on or off (off is a deliberate black screen)."""

    on: bool


@dataclass(frozen=True, slots=True)
class StepStyle:
    """Go ``by`` styles forward (or back, if negative), wrapping around."""

    by: int


@dataclass(frozen=True, slots=True)
class PickStyle:
    """Show the style at ``index`` (0-based) of the styles on offer; ignored beyond the last."""

    index: int


@dataclass(frozen=True, slots=True)
class StepStrength:
    """Change the strength by this much, clipped to 0…1."""

    by: float


@dataclass(frozen=True, slots=True)
class ToggleHold:
    """Freeze the picture, or release it."""


@dataclass(frozen=True, slots=True)
class Quit:
    """End the daemon."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that gets an answer, see docs/mqtt.md. ``transaction`` is returned unchanged in it."""

    op: Literal["restart", "identify", "reload", "snapshot", "souvenir", "log"]
    transaction: Any = None


Command = (
    SetStyle
    | SetMix
    | SetSurprise
    | SetStrength
    | SetAttract
    | SetDisplay
    | StepStyle
    | PickStyle
    | StepStrength
    | ToggleHold
    | Quit
    | Request
)
