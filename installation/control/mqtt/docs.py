"""Prints ``docs/mqtt.md``: ``python -m installation.control.mqtt.docs > docs/mqtt.md``.

Topics, limits, fields and Home Assistant's entities are taken from the code.
"""

from collections.abc import Sequence

import msgspec

from installation.control.mqtt import client, homeassistant, states
from installation.control.mqtt.decoder import MIX_LIMIT, MORPH_LIMIT, PAYLOAD_LIMIT
from installation.control.mqtt.info import InstallationInfo
from installation.control.mqtt.link import PACKET_LIMIT
from installation.control.mqtt.pieces import LARGEST, MOST_PIECES, PIECE_BYTES, Kept, PieceHead
from installation.control.mqtt.topics import (
    KEPT,
    NEW,
    NONE,
    OFF,
    OFFLINE,
    ON,
    ONLINE,
    OPS,
    PIECE,
    SETTABLE,
    STATES,
    Topics,
)
from installation.service.health import STAGES, Health
from installation.show.offer import OfferedStyle
from installation.show.surprise import SEEDS

_STATE_WORDS = {
    "style": ("a style's name", "the style on screen, or the one it is changing to"),
    "strength": ("0 … 1", "0 is the plain mirror, 1 the full style"),
    "mix": ('`{"styles":{"great-wave":0.6,"scream":0.4}}`', "weights of styles"),
    "surprise": (
        f"`0` … `{SEEDS - 1}` or `{NONE}`",
        "the seed of the surprise on screen: a mix of three styles, which the same seed gives again",
    ),
    "attract": (f"`{ON}` / `{OFF}`", "whether the attract loop shows one style after another while nobody chooses"),
    "display": (f"`{ON}` / `{OFF}`", "whether the picture is on; off is a black screen"),
    "phase": ("`visitor`, `attract`, `closed` or `off`", "what the mirror is doing"),
}
_SET_PAYLOADS = {
    "surprise": f"a seed, `0` … `{SEEDS - 1}`, or `{NEW}` for one by chance",
    "mix": '`{"styles":{"great-wave":0.6,"scream":0.4},"seconds":2}`, or as typed: `great-wave=0.6,scream=0.4`',
}
"""Payloads of ``set`` topics that differ from those of their ``state`` topics."""
_OP_WORDS = {
    "identify": "the screen shows id, address and version for 20 s",
    "restart": "the daemon ends and is started again",
    "reload": "the daemon reads the collection again; the answer's data name the styles",
    "snapshot": "the picture on screen as base64 JPEG; refused unless `broker.snapshot = true`",
    "souvenir": "begins the countdown to a picture to take home, see below; refused unless `souvenir.enabled = true`",
    "log": "the last lines of the daemon's log, as `lines`",
}
_INTRODUCTION = """\
# MQTT

<!-- Written by `python -m installation.control.mqtt.docs`; a test compares. -->

Everything is below one base topic, `art-installation` unless `broker.base` says otherwise. `<id>` is the
installation's id, which is neither `all` nor `group`; `<target>` is an id, `group/<name>` or `all`. The daemon
speaks MQTT 5, and 3.1.1 with a broker that does not.
"""
_RULES = f"""\
## Commands

Publish commands with QoS 1 and **without** the retain flag. A command that is retained, larger than {PAYLOAD_LIMIT}
bytes, not UTF-8, malformed, out of range or unknown is dropped and counted in `health` (`dropped_commands`); the
log says why, once in {client.WARN_EVERY:.0f} seconds. (In MQTT 3.1.1 a broker does not mark a message as retained
when it is published; there, only messages that were retained earlier are refused.)

States follow what is on screen, never the command. A number that changes steadily, as in a morph, is published at
most every {states.PACE:g} s, and its last value always. All retained messages are published again on every connect.

The session is kept for {client.SESSION_SECONDS} s after a connection is lost: a command that is sent while the
broker or the mirror restarts still counts. With a broker that speaks only 3.1.1, which would keep it for ever,
there is no session. A broker may send messages of up to {PACKET_LIMIT // 1024} KB to an installation.

A mix has 1 to {MIX_LIMIT} styles with weights of 0 or more, whose sum does not matter; `seconds` is the length of
the morph, 0 to {MORPH_LIMIT:.0f}, and may be left out; a morph takes half a second at least, so that commands cannot
make the screen flash. Its state has the weights at this moment, which add up to 1.
"""
_REQUESTS = """\
## Requests

`<base>/<target>/request/<op>` with `{"transaction": …}` (a string, number, boolean or null; an empty payload is
allowed) is answered on `<base>/<id>/response/<op>` with

```json
{"status": "ok", "data": {}, "transaction": "k3"}
{"status": "error", "error": "what is wrong and what helps", "data": {}, "transaction": "k3"}
```

Answers are not retained.
"""
_HEAD = ", ".join(f"`{name}`" for name in PieceHead.__struct_fields__)
_ANSWER = ", ".join(f"`{name}`" for name in Kept.__struct_fields__)
_MEGABYTES = LARGEST // 1024 // 1024
_SOUVENIRS = f"""\
## Souvenirs

With `souvenir.enabled = true` visitors may publish `request/souvenir`; the answer's data hold the `seconds` of the
countdown, never a picture or a link. The picture goes from the installation to `art-installation souvenirs` on the hub
by messages to `<id>/{PIECE}`, in order: at most {MOST_PIECES} of at most {PIECE_BYTES // 1024} KB each,
{_MEGABYTES} MB in all, with QoS 0,
so that a broker keeps none and writes none down. A message is one line of JSON, then bytes of the JPEG. The line has
{_HEAD}: `name` is the SHA-256 of the link's secret, which itself is
only in the QR code on screen. The hub answers on `<id>/{KEPT}` with JSON ({_ANSWER}); an empty `error` means
that it keeps the picture. By the hub's `acl.j2` an installation publishes pieces of its own only, and nobody but the
souvenirs' account hears them: neither visitors, nor Home Assistant, nor technicians.
"""
_CLUSTER = """\
## More houses, more hubs

A hub can bridge to a hub above it (`hub_bridge_host` and the variables beside it in `deploy/`): states, health and
answers go up, commands come down. No topic goes both ways, so no message can loop. Ids must differ between houses. A
mirror still obeys its own hub while the connection to the hub above is cut.

The same topics run on a clustered broker (EMQX, HiveMQ, VerneMQ) without a change on the devices. Set there: the
permissions of `deploy/roles/hub/templates/acl.j2` in the cluster's own authorisation, and for clients without an
account those of `acl-visitors.j2`, best by a listener or broker of their own; retained messages on and replicated;
persistent sessions with an expiry of at least 300 s, and queues of 1,000 messages or more for each; maximum packet
size 270,336 bytes; shared subscriptions are not used, `$share` may be denied. Use sticky or consistent-hash load
balancing on the client id, so that a session taken over by another node is the exception; let only one node answer
for a client id at a time (EMQX and HiveMQ do; in VerneMQ keep `allow_multiple_sessions = off`). A TCP load balancer
in front must not close idle connections before 1.5 × `broker.keepalive`. After a node is lost its clients come back
at random moments within ten seconds; a connection-rate limit below one tenth of the fleet a second would only stretch
that.
"""


def markdown() -> str:
    """The page."""
    parts = [
        _INTRODUCTION,
        _topics(),
        _RULES,
        _REQUESTS,
        _requests(),
        _SOUVENIRS,
        _messages(),
        _homeassistant(),
        _CLUSTER,
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _topics() -> str:
    rows = [
        ("`<id>/availability`", "yes, and last will", f"`{ONLINE}` / `{OFFLINE}`", "whether the daemon is connected"),
        ("`<id>/info`", "yes", "JSON, see below", "the installation's name, version and styles on offer"),
        ("`<id>/health`", "yes", "JSON, see below", "the health report, every five seconds"),
    ]
    for what in STATES:
        payload, says = _STATE_WORDS[what]
        if what in SETTABLE:
            rows.append((f"`<target>/{what}/set`", "no", _SET_PAYLOADS.get(what, payload), f"sets: {says}"))
        rows.append((f"`<id>/{what}/state`", "yes", payload, says))
    rows.append(("`<target>/request/<op>`", "no", "JSON, see below", "a request, see below"))
    rows.append(("`<id>/response/<op>`", "no", "JSON, see below", "the answer"))
    rows.append(("`<id>/picture`", "no", "JPEG", "the picture of an allowed `snapshot`, for Home Assistant's camera"))
    rows.append(
        (f"`<id>/{PIECE}`", "no, QoS 0", "a line of JSON, then bytes", "a souvenir on its way to the hub, see below")
    )
    rows.append((f"`<id>/{KEPT}`", "no", "JSON", "the hub's answer to it"))
    return _table(("topic below the base", "retained", "payload", "meaning"), rows)


def _requests() -> str:
    return _table(("op", "does"), [(f"`{op}`", _OP_WORDS[op]) for op in OPS])


def _messages() -> str:
    health = [(f"`{name}`", _type(Health.__annotations__[name])) for name in Health.__struct_fields__]
    info = [(f"`{name}`", _type(InstallationInfo.__annotations__[name])) for name in InstallationInfo.__struct_fields__]
    style = ", ".join(f"`{name}`" for name in OfferedStyle.__struct_fields__)
    return "\n".join(
        (
            "## `info`\n",
            _table(("field", "type"), info),
            f"Each style has {style}, all text.\n",
            "## `health`\n",
            _table(("field", "type"), [*health, ("`at`", "when it was reported, ISO 8601 in UTC")]),
            "`mode`, `camera`, `display`, `broker` and `clock` are `ok` or the problem in words. `temperature` and\n"
            "`throttled` are null where unknown, `present` and `visits` (how often somebody came since\n"
            "the start) with `show.presence = false`, `souvenir` (`ok`, or why the last one failed) unless they are\n"
            "allowed. `stages_ms` are the stages of a frame: " + ", ".join(f"`{name}`" for name in STAGES) + ".\n",
        )
    )


def _homeassistant() -> str:
    info = InstallationInfo(id="<id>", name="", group="", version="", network_sha256="", url="", styles=())
    components = msgspec.json.decode(homeassistant.discovery(info, Topics("art-installation"), snapshots=True))[
        "components"
    ]
    rows = [(f"`{key}`", entity["platform"], entity["name"]) for key, entity in components.items()]
    return (
        "## Home Assistant\n\n"
        "One retained message to `homeassistant/device/<id>/config` (`broker.homeassistant_prefix`) describes the\n"
        "device; it is sent on every connect and after Home Assistant's birth message, and emptied with\n"
        "`broker.homeassistant = false`.\n\n"
        "Home Assistant believes what it reads there: a mirror that somebody has broken into may name other devices'\n"
        "topics in its own message, and Home Assistant would then show their states, or send its commands, under that\n"
        "mirror's name, with its own rights (`acl.j2` keeps those below the base topic and the discovery prefix). It\n"
        "cannot write another device's message. Remove such a device's account and its retained message.\n\n"
        + _table(("entity", "is a", "called"), rows)
        + "\nPicture and its button are there only with `broker.snapshot = true`.\n"
    )


def _type(annotation: object) -> str:
    names = {"str": "text", "float": "number", "int": "whole number", "bool": "true or false", "None": "null"}
    if annotation == tuple[OfferedStyle, ...]:
        return "list of styles"
    if annotation == tuple[str, ...]:
        return "list of texts"
    if annotation == dict[str, float]:
        return "object of numbers"
    text = getattr(annotation, "__name__", None) if isinstance(annotation, type) else str(annotation)
    return " or ".join(names.get(part, part) for part in str(text).split(" | "))


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")
