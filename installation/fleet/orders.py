"""Tells installations what to do, and collects what came of it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from installation.control.mqtt.decoder import Decoder
from installation.control.mqtt.topics import ALL, OFF, ON
from installation.errors import CommandError, UsageError
from installation.fleet.client import FleetClient
from installation.fleet.roster import Member
from installation.show.commands import Command, SetAttract, SetDisplay, SetMix, SetStrength, SetStyle

CLOSE = 0.006
"""Two numbers this close are one: states are told to three places."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command at one installation."""

    id: str
    ok: bool
    word: str


@dataclass(frozen=True, slots=True)
class Order:
    """Whom a command is for: ``targets`` are the topics' second parts, ``members`` who is expected to do it."""

    targets: Sequence[str]
    members: Sequence[Member]


def set_value(client: FleetClient, order: Order, what: str, payload: str, timeout: float) -> list[Outcome]:
    """Set something and wait until every screen shows it.

    Raises:
        UsageError: no installation could understand the value.
    """
    command = _understood(client, order, what, payload)
    patience = timeout + (command.seconds or 0.0 if isinstance(command, SetMix) else 0.0)
    for target in order.targets:
        client.send(client.topics.set(target, what), payload)

    def shown(member: Member) -> bool:
        return is_shown(command, member.states)

    client.wait(lambda: all(shown(member) for member in order.members if member.online), patience)
    with client.lock:
        return [_set_outcome(member, command, shown) for member in order.members]


def request(client: FleetClient, order: Order, op: str, timeout: float) -> list[Outcome]:
    """Ask for something and wait for every answer."""
    transaction = uuid.uuid4().hex
    payload = msgspec.json.encode({"transaction": transaction}).decode()
    for target in order.targets:
        client.send(client.topics.request(target, op), payload)

    def answer(member: Member) -> Any:
        found = client.answers.get(op, {}).get(member.id)
        return found if found is not None and found.transaction == transaction else None

    client.wait(lambda: all(answer(member) for member in order.members if member.online), timeout)
    outcomes = []
    with client.lock:
        for member in order.members:
            found = answer(member)
            if found is None:
                outcomes.append(Outcome(member.id, False, "no answer" if member.online else "offline"))
            else:
                outcomes.append(Outcome(member.id, found.status == "ok", found.error or "done"))
    return outcomes


def is_shown(command: Command, states: dict[str, str]) -> bool:
    """Whether the states tell that the command is on screen."""
    match command:
        case SetStyle(name):
            return states.get("style") == name
        case SetStrength(value):
            return _near(states.get("strength", ""), value)
        case SetMix(weights):
            return _same_mix(states.get("mix", ""), dict(weights))
        case SetAttract(on):
            return states.get("attract") == (ON if on else OFF)
        case SetDisplay(on):
            return states.get("display") == (ON if on else OFF)
    return False


def _understood(client: FleetClient, order: Order, what: str, payload: str) -> Command:
    """The value as installations will read it, checked before anybody is troubled with it."""
    styles = {style.name for member in order.members if member.info for style in member.info.styles}
    decoder = Decoder(client.topics, ALL, ALL, styles)
    try:
        return decoder.decode(client.topics.set(ALL, what), payload.encode())
    except CommandError as error:
        raise UsageError(f"{what} '{payload}': {error}") from None


def _set_outcome(member: Member, command: Command, shown: Callable[[Member], bool]) -> Outcome:
    if not member.online:
        return Outcome(member.id, False, "offline")
    if shown(member):
        return Outcome(member.id, True, "shown")
    offered = {style.name for style in member.info.styles} if member.info else set()
    wanted: set[str] = set()
    if isinstance(command, SetStyle):
        wanted = {command.name}
    elif isinstance(command, SetMix):
        wanted = set(command.weights)
    missing = sorted(wanted - offered) if offered else []
    return Outcome(member.id, False, f"has no style {missing[0]}" if missing else "does not show it")


def _near(text: str, value: float) -> bool:
    try:
        return abs(float(text) - value) <= CLOSE
    except ValueError:
        return False


def _same_mix(text: str, weights: dict[str, float]) -> bool:
    try:
        told: dict[str, float] = msgspec.json.decode(text, type=dict[str, dict[str, float]])["styles"]
    except (msgspec.MsgspecError, KeyError):
        return False
    return all(abs(told.get(name, 0.0) - weights.get(name, 0.0)) <= CLOSE for name in {*told, *weights})
