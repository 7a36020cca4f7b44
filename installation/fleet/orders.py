"""Sends commands and requests to installations, and collects the results."""

import time
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
from installation.show.commands import Command, SetAttract, SetDisplay, SetMix, SetStrength, SetStyle, SetSurprise
from installation.show.surprise import draw_seed

ANSWER_SECONDS = 10.0
"""Longest wait for the answer to a restart, which comes before it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a command at one installation."""

    id: str
    ok: bool
    word: str
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """The addressees of a command: ``targets`` are the topics' second levels, ``members`` the installations."""

    targets: Sequence[str]
    members: Sequence[Member]


def set_value(client: FleetClient, order: Order, what: str, payload: str, timeout: float) -> list[Outcome]:
    """Set a value and wait until every screen shows it.

    Raises:
        UsageError: the value is invalid.
    """
    command = _understood(client, order, what, payload)
    if isinstance(command, SetMix):  # in the form that all releases understand
        payload = msgspec.json.encode(
            {"styles": command.weights, **({} if command.seconds is None else {"seconds": command.seconds})}
        ).decode()
    if isinstance(command, SetSurprise):  # the same one everywhere
        command = SetSurprise(draw_seed() if command.seed is None else command.seed)
        payload = str(command.seed)
    patience = timeout + (command.seconds or 0.0 if isinstance(command, SetMix) else 0.0)
    for target in order.targets:
        client.send(client.topics.set(target, what), payload)

    def shown(member: Member) -> bool:
        return is_shown(command, member.states)

    client.wait(lambda: all(shown(member) for member in order.members if member.online), patience)
    with client.lock:
        return [_set_outcome(member, command, shown) for member in order.members]


def request(client: FleetClient, order: Order, op: str, timeout: float) -> list[Outcome]:
    """Send a request and wait for every answer."""
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
                outcomes.append(Outcome(member.id, found.status == "ok", found.error or "done", found.lines()))
    return outcomes


def restart(client: FleetClient, order: Order, timeout: float) -> list[Outcome]:
    """Request a restart, and wait until every installation that agreed is online again."""
    began = time.monotonic()
    with client.lock:
        before = {member.id: (member.departures, _uptime(member)) for member in order.members}
    asked = {outcome.id: outcome for outcome in request(client, order, "restart", min(timeout, ANSWER_SECONDS))}
    seconds: dict[str, float] = {}

    def note_returns() -> bool:
        for member in order.members:
            departures, uptime = before[member.id]
            gone = member.departures > departures or _uptime(member) < uptime
            if gone and member.online:
                seconds.setdefault(member.id, time.monotonic() - began)
        return all(member.id in seconds for member in order.members if asked[member.id].ok)

    client.wait(note_returns, timeout - (time.monotonic() - began))
    with client.lock:
        return [_restart_outcome(member, asked[member.id], seconds.get(member.id), timeout) for member in order.members]


def forget(client: FleetClient, order: Order, prefix: str, timeout: float) -> list[Outcome]:
    """Remove the retained messages of installations that are gone, those for Home Assistant (``prefix``) too."""
    from installation.control.mqtt.homeassistant import discovery_topic

    gone = [member.id for member in order.members if not member.online]
    for identity in gone:
        for topic in (discovery_topic(prefix, identity), *client.topics.retained(identity)):
            client.clear(topic)
    client.wait(lambda: not any(identity in client.roster.members for identity in gone), timeout)
    outcomes = []
    with client.lock:
        for member in order.members:
            if member.id not in gone:
                outcomes.append(Outcome(member.id, False, "is online and would be back at once; switch it off first"))
            elif member.id in client.roster.members:
                outcomes.append(
                    Outcome(member.id, False, "is still there; does this account have a technician's rights?")
                )
            else:
                outcomes.append(Outcome(member.id, True, "forgotten"))
    return outcomes


def is_shown(command: Command, states: dict[str, str]) -> bool:
    """Whether the states show that the command is carried out."""
    match command:
        case SetStyle(name):
            return states.get("style") == name
        case SetStrength(value):
            return _near(states.get("strength", ""), value)
        case SetMix(weights):
            return _same_mix(states.get("mix", ""), dict(weights))
        case SetSurprise(seed):
            return states.get("surprise") == str(seed)
        case SetAttract(on) | SetDisplay(on):
            what = "attract" if isinstance(command, SetAttract) else "display"
            return states.get(what) == (ON if on else OFF)
    return False


def _understood(client: FleetClient, order: Order, what: str, payload: str) -> Command:
    """The value in the form that installations read, checked before it is sent."""
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
        seed = f", number {command.seed}" if isinstance(command, SetSurprise) else ""
        return Outcome(member.id, True, f"shown{seed}")
    offered = {style.name for style in member.info.styles} if member.info else set()
    wanted: set[str] = set()
    if isinstance(command, SetStyle):
        wanted = {command.name}
    elif isinstance(command, SetMix):
        wanted = set(command.weights)
    missing = sorted(wanted - offered) if offered else []
    return Outcome(member.id, False, f"has no style {missing[0]}" if missing else "does not show it")


def _restart_outcome(member: Member, asked: Outcome, seconds: float | None, timeout: float) -> Outcome:
    if seconds is not None:
        return Outcome(member.id, True, f"online again after {seconds:.0f} s")
    if not asked.ok:
        return asked
    word = "has not gone yet" if member.online else "is not online again"
    return Outcome(member.id, False, f"said yes, but {word} after {timeout:.0f} s; look at it")


def _uptime(member: Member) -> float:
    return (member.health.uptime if member.health else None) or 0.0


def _near(text: str, value: float) -> bool:
    try:
        return _alike(float(text), value)
    except ValueError:
        return False


def _same_mix(text: str, weights: dict[str, float]) -> bool:
    try:
        told: dict[str, float] = msgspec.json.decode(text, type=dict[str, dict[str, float]])["styles"]
    except (msgspec.MsgspecError, KeyError):
        return False
    return all(_alike(told.get(name, 0.0), weights.get(name, 0.0)) for name in {*told, *weights})


def _alike(one: float, other: float) -> bool:
    # Imported here, as above, because it brings NumPy along, which the hub's page does without.
    from installation.control.mqtt.states import CLOSE

    return abs(one - other) <= CLOSE
