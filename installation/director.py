"""Decides what is on now: the visitor's choice, the morph to it, the attract loop when idle, opening hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Phase = Literal["visitor", "attract", "closed", "off"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is on screen at one moment.

    ``mix`` holds positive weights that sum to 1 (a morph in progress included); ``style`` is the name of the style with
    the largest weight in the mix that is being moved to; ``strength`` is 0…1 as it stands in the morph.
    """

    mix: Mapping[str, float]
    style: str
    strength: float
    phase: Phase
    attract: bool
    held: bool
