import json

from installation.control.mqtt.states import PACE, States, mix_payload, states_of
from installation.control.mqtt.topics import STATES
from tests.control.parts import a_scene


def test_every_state_has_a_payload():
    assert states_of(a_scene("scream", 0.5, phase="off", attract=False)) == {
        "style": "scream",
        "strength": "0.5",
        "mix": '{"styles":{"scream":1.0}}',
        "surprise": "none",
        "attract": "OFF",
        "display": "OFF",
        "phase": "off",
    }


def test_a_surprise_is_told_by_its_seed():
    assert states_of(a_scene(surprise=42))["surprise"] == "42"


def test_a_closed_mirror_is_not_switched_off():
    assert states_of(a_scene(phase="closed"))["display"] == "ON"


def test_numbers_are_short():
    assert states_of(a_scene(strength=1 / 3))["strength"] == "0.333"
    assert states_of(a_scene(strength=0.0))["strength"] == "0"
    assert json.loads(mix_payload({"a": 2 / 3, "b": 1 / 3, "c": 1e-5})) == {"styles": {"a": 0.667, "b": 0.333}}


def test_only_changes_are_told():
    states = States()
    states.take(a_scene())
    assert dict(states.due(0.0)) == states_of(a_scene())
    assert not dict(states.due(0.0))
    assert states.wait(0.0) is None
    states.take(a_scene("scream"))
    assert dict(states.due(0.0)) == {"style": "scream"}
    assert dict(states.due(PACE)) == {"mix": '{"styles":{"scream":1.0}}'}


def test_a_morph_is_told_a_few_times_and_its_end_always():
    states = States()
    told = []
    for step in range(101):
        now = step / 50
        states.take(a_scene(strength=step / 100))
        told += [payload for what, payload in states.due(now) if what == "strength"]
    wait = states.wait(2.0)
    assert wait is not None
    assert 0 < wait <= PACE
    told += [payload for what, payload in states.due(2.0 + wait) if what == "strength"]
    assert len(told) <= 2 / PACE + 2
    assert told[-1] == "1"


def test_a_new_connection_hears_everything():
    states = States()
    states.take(a_scene())
    list(states.due(0.0))
    states.reset()
    assert len(dict(states.due(0.01))) == len(STATES)


def test_nothing_is_told_before_anything_is_on_screen():
    states = States()
    assert not dict(states.due(0.0))
    assert states.wait(0.0) is None
