"""Decodes commands, which are untrusted: sizes are bounded, types checked, and errors explained in one sentence."""

import re
from collections.abc import Collection
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from installation.control.mqtt.topics import ALL, GROUP, NEW, OFF, ON, OPS, SETTABLE, Topics
from installation.errors import CommandError
from installation.show.commands import (
    Command,
    Request,
    SetAttract,
    SetDisplay,
    SetMix,
    SetStrength,
    SetStyle,
    SetSurprise,
)
from installation.show.mix_text import parse_mix
from installation.show.surprise import SEEDS
from installation.text.nearest import likely

PAYLOAD_LIMIT: Final = 4096
"""Most bytes of a command."""
MIX_LIMIT: Final = 16
"""Most styles in a mix."""
MORPH_LIMIT: Final = 600.0
"""Longest morph in seconds."""

LARGEST_WEIGHT: Final = 1e6
"""Of a style in a mix."""
NUMBER_PATTERN: Final = r"[0-9]{0,4}\.?[0-9]{1,20}(?:[eE][+-]?[0-9]{1,3})?"
"""Of a number in a payload of its own; the visitor page uses it too."""

_NUMBER: Final = re.compile(NUMBER_PATTERN)

_SEED: Final = re.compile(r"[0-9]{1,6}")

_TYPED: Final = re.compile(rb'\s*[^{\["\s]')
"""Begins a mix as people type it, which is not JSON."""

_Weight = Annotated[float, Meta(ge=0.0, le=LARGEST_WEIGHT)]
_Name = Annotated[str, Meta(min_length=1, max_length=64)]
_Scalar = Annotated[str, Meta(max_length=256)] | Annotated[int, Meta(ge=-(2**53), le=2**53)] | float | bool | None


class MixPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``mix/set``: ``{"styles": {"great-wave": 0.6, "scream": 0.4}, "seconds": 2}``, or ``great-wave=1,scream=2``."""

    styles: Annotated[dict[_Name, _Weight], Meta(min_length=1, max_length=MIX_LIMIT)]
    seconds: Annotated[float, Meta(ge=0.0, le=MORPH_LIMIT)] | None = None


class RequestPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``request/<op>``: ``{"transaction": "k3"}``; an empty payload is allowed."""

    transaction: _Scalar = None


class Decoder:
    """Decodes commands for one installation; ``styles`` are the names on offer."""

    def __init__(self, topics: Topics, identity: str, group: str, styles: Collection[str]) -> None:
        self._topics = topics
        self._targets = frozenset({identity, ALL, f"{GROUP}/{group}"})
        self._styles = frozenset(styles)

    def decode(self, topic: str, payload: bytes, retained: bool = False) -> Command:
        """Return the command in a message.

        Raises:
            CommandError: it is retained, oversize, malformed, out of range, unknown, or for another installation.
        """
        found = self._topics.command(topic)
        if found is None or found[0] not in self._targets:
            raise CommandError("no command for this installation; see docs/mqtt.md for the topics")
        if retained:
            raise CommandError("the command is retained; publish it without the retain flag")
        if len(payload) > PAYLOAD_LIMIT:
            raise CommandError(f"{len(payload)} bytes are too many; a command has at most {PAYLOAD_LIMIT}")
        command = found[1]
        if command.verb == "request":
            return self._request(command.what, payload)
        if command.what not in SETTABLE:
            raise CommandError(f"there is nothing called so to set; there are {', '.join(SETTABLE)}")
        return self._set(command.what, payload)

    def _set(self, what: str, payload: bytes) -> Command:
        if what == "mix":
            return self._mix(payload)
        text = _text(payload)
        if what == "style":
            return SetStyle(self._style(text))
        if what == "strength":
            return SetStrength(_fraction(text))
        if what == "surprise":
            return SetSurprise(_seed(text))
        return SetAttract(_switch(text)) if what == "attract" else SetDisplay(_switch(text))

    def _style(self, name: str) -> str:
        if name not in self._styles:
            meant = likely(name[:64], self._styles)
            cure = f"did you mean '{meant}'?" if meant else "see info for those there are"
            raise CommandError(f"there is no style {name[:64]!r} on offer; {cure}")
        return name

    def _mix(self, payload: bytes) -> SetMix:
        mix = _typed_mix(payload) if _TYPED.match(payload) else _json(payload, MixPayload)
        total = sum(mix.styles.values())
        if total <= 0.0:
            raise CommandError("a mix needs a weight above 0")
        weights = {self._style(name): weight / total for name, weight in mix.styles.items() if weight > 0.0}
        if not all(weights.values()):
            raise CommandError("a weight is too small beside the others; leave the style out")
        return SetMix(weights, mix.seconds)

    def _request(self, op: str, payload: bytes) -> Request:
        if op not in OPS:
            raise CommandError(f"there is no such request; there are {', '.join(OPS)}")
        transaction = _json(payload, RequestPayload).transaction if payload else None
        return Request(op, transaction)  # type: ignore[arg-type]  # it is one of OPS


def _text(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        raise CommandError("is not UTF-8 text") from None


def _fraction(text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else -1.0
    if not 0.0 <= value <= 1.0:
        raise CommandError(f"{text[:32]!r} is no number from 0 to 1")
    return value


def _seed(text: str) -> int | None:
    if text == NEW:
        return None
    if not _SEED.fullmatch(text) or int(text) >= SEEDS:
        raise CommandError(f"{text[:32]!r} is neither {NEW} nor a whole number from 0 to {SEEDS - 1}")
    return int(text)


def _switch(text: str) -> bool:
    if text not in (ON, OFF):
        raise CommandError(f"{text[:32]!r} is neither {ON} nor {OFF}")
    return text == ON


def _typed_mix(payload: bytes) -> MixPayload:
    try:
        return msgspec.convert({"styles": parse_mix(_text(payload))}, MixPayload)
    except msgspec.ValidationError as error:
        raise CommandError(f"is no mix: {str(error)[:200]}") from None


def _json(payload: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CommandError(f"is not the JSON expected here: {str(error)[:200]}") from None
