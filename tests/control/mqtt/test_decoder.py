import json
import random
from typing import get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.control.mqtt.decoder import MIX_LIMIT, PAYLOAD_LIMIT, Decoder
from installation.control.mqtt.topics import OPS, SETTABLE, CommandTopic, Topics
from installation.errors import CommandError
from installation.show.commands import Request, SetAttract, SetDisplay, SetMix, SetStrength, SetStyle, SetSurprise
from installation.show.surprise import SEEDS
from tests.control.parts import STYLES, random_payloads

TOPICS = Topics("art-installation")
DECODER = Decoder(TOPICS, "mirror", "hall", STYLES)
EVERY = [*(f"{what}/set" for what in SETTABLE), *(f"request/{op}" for op in OPS), "shape/set", "request/format"]


def decode(rest, payload, target="mirror", retained=False):
    payload = payload.encode() if isinstance(payload, str) else payload
    return DECODER.decode(f"art-installation/{target}/{rest}", payload, retained)


@pytest.mark.parametrize("target", ["mirror", "group/hall", "all"])
@pytest.mark.parametrize(
    ("rest", "payload", "command"),
    [
        ("style/set", "scream", SetStyle("scream")),
        ("strength/set", "0.35", SetStrength(0.35)),
        ("strength/set", "1", SetStrength(1.0)),
        ("strength/set", ".5", SetStrength(0.5)),
        ("strength/set", "5e-1", SetStrength(0.5)),
        ("mix/set", '{"styles":{"great-wave":3,"scream":1}}', SetMix({"great-wave": 0.75, "scream": 0.25})),
        ("mix/set", "great-wave=3, scream=1", SetMix({"great-wave": 0.75, "scream": 0.25})),
        ("mix/set", '{"styles":{"scream":1,"photo":0},"seconds":2}', SetMix({"scream": 1.0}, 2.0)),
        ("surprise/set", "0", SetSurprise(0)),
        ("surprise/set", "999999", SetSurprise(999_999)),
        ("surprise/set", "new", SetSurprise(None)),
        ("attract/set", "OFF", SetAttract(False)),
        ("display/set", "ON", SetDisplay(True)),
        ("request/restart", '{"transaction":"k3"}', Request("restart", "k3")),
        ("request/identify", "", Request("identify")),
        ("request/reload", '{"transaction":7}', Request("reload", 7)),
    ],
)
def test_what_is_understood(target, rest, payload, command):
    assert decode(rest, payload, target) == command


@pytest.mark.parametrize(
    ("rest", "payload"),
    [
        ("style/set", "Scream"),
        ("style/set", ""),
        ("style/set", b"\xff\xfe"),
        ("style/set", "scream\n"),
        ("surprise/set", ""),
        ("surprise/set", "1000000"),
        ("surprise/set", "-1"),
        ("surprise/set", "1.5"),
        ("surprise/set", "٣"),
        ("surprise/set", "NEW"),
        ("surprise/set", "9" * 4000),
        ("strength/set", "1.01"),
        ("strength/set", "-0"),
        ("strength/set", "nan"),
        ("strength/set", "inf"),
        ("strength/set", "0_1"),
        ("strength/set", "٠.٥"),
        ("strength/set", ""),
        ("strength/set", "1e999"),
        ("attract/set", "on"),
        ("display/set", "1"),
        ("mix/set", "{}"),
        ("mix/set", "[]"),
        ("mix/set", '{"styles":{}}'),
        ("mix/set", '{"styles":{"scream":0}}'),
        ("mix/set", '{"styles":{"scream":-1}}'),
        ("mix/set", '{"styles":{"scream":1e7}}'),
        ("mix/set", '{"styles":{"scream":1e-320,"photo":1e6}}'),
        ("mix/set", '{"styles":{"nobody":1}}'),
        ("mix/set", "scream"),
        ("mix/set", "nobody=1"),
        ("mix/set", "photo=0.1," + ",".join(f"s{number}=1" for number in range(16))),
        ("mix/set", '{"styles":{"scream":1},"seconds":-1}'),
        ("mix/set", '{"styles":{"scream":1},"seconds":1e9}'),
        ("mix/set", '{"styles":{"scream":1},"colour":"red"}'),
        ("mix/set", "[" * 4000),
        ("mix/set", '{"styles":' * 400),
        ("request/restart", '{"transaction":{"nested":1}}'),
        ("request/restart", '{"now":true}'),
        ("request/format", "{}"),
        ("shape/set", "round"),
        ("style/set/x", "scream"),
        ("style/get", "scream"),
        ("set", "scream"),
    ],
)
def test_what_is_refused(rest, payload):
    with pytest.raises(CommandError):
        decode(rest, payload)


@pytest.mark.parametrize("target", ["other", "group/cellar", "group/all", "group", "mirror/mirror"])
def test_what_is_meant_for_others(target):
    with pytest.raises(CommandError):
        decode("style/set", "scream", target)


def test_retained_commands_are_refused():
    with pytest.raises(CommandError, match="retain"):
        decode("style/set", "scream", retained=True)


def test_oversize_commands_are_refused():
    with pytest.raises(CommandError, match="too many"):
        decode("request/restart", b"{" + b" " * PAYLOAD_LIMIT + b"}")


def test_a_mix_of_too_many_is_refused():
    many = [f"s{number}" for number in range(MIX_LIMIT + 1)]
    decoder = Decoder(TOPICS, "mirror", "hall", many)
    payload = json.dumps({"styles": dict.fromkeys(many, 1)})
    with pytest.raises(CommandError):
        decoder.decode("art-installation/mirror/mix/set", payload.encode())


@settings(deadline=None)
@given(st.sampled_from(EVERY), st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode()))
def test_any_payload_is_a_command_or_refused(rest, payload):
    try:
        command = decode(rest, payload)
    except CommandError as error:
        assert str(error)
    else:
        check(command)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_topic_is_a_command_or_refused(topic):
    with pytest.raises(CommandError):
        DECODER.decode(topic, b"scream")


def test_random_payloads_on_every_topic():
    draw = random.Random(5)
    understood = refused = 0
    for rest in EVERY:
        for payload in random_payloads(draw, 1000):
            try:
                check(decode(rest, payload))
                understood += 1
            except CommandError:
                refused += 1
    assert understood + refused == 1000 * len(EVERY)
    assert understood > 100


def check(command):
    if isinstance(command, SetStyle):
        assert command.name in STYLES
    elif isinstance(command, SetStrength):
        assert 0.0 <= command.value <= 1.0
    elif isinstance(command, SetMix):
        assert command.weights
        assert all(weight > 0 for weight in command.weights.values())
        assert abs(sum(command.weights.values()) - 1) < 1e-9
        assert set(command.weights) <= set(STYLES)
    elif isinstance(command, SetSurprise):
        assert command.seed is None or 0 <= command.seed < SEEDS
    else:
        assert isinstance(command, SetAttract | SetDisplay | Request)


def test_the_mirror_knows_every_request():
    assert set(get_args(get_type_hints(Request)["op"])) == set(OPS)


def test_topics_are_taken_apart_as_they_were_put_together():
    assert TOPICS.command(TOPICS.set("group/hall", "style")) == ("group/hall", CommandTopic("set", "style"))
    assert TOPICS.command(TOPICS.request("all", "restart")) == ("all", CommandTopic("request", "restart"))
    assert TOPICS.command(TOPICS.state("mirror", "style")) is None
    assert TOPICS.split(TOPICS.availability("mirror")) == ("mirror", "availability")
    assert TOPICS.split("other/mirror/availability") is None
    assert Topics("a/b").split("a/b/mirror/info") == ("mirror", "info")
