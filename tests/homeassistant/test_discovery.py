"""Home Assistant's own MQTT integration reads the discovery message. Runs in an environment of its own, see .ci/run."""

import json

import pytest

pytest.importorskip("pytest_homeassistant_custom_component")

from homeassistant.components.camera import async_get_image
from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.helpers import device_registry, entity_registry
from pytest_homeassistant_custom_component.common import async_fire_mqtt_message

from installation.control.mqtt.homeassistant import discovery, discovery_topic, unique
from installation.control.mqtt.info import InstallationInfo
from installation.control.mqtt.topics import Topics
from installation.show.offer import OfferedStyle

BASE = "art-installation/mirror"
TOPIC = discovery_topic("homeassistant", "mirror")
HEALTH = {"fps": 24.8, "temperature": 61.5, "frame_age": 0.04, "camera": "ok", "throttled": False}


def an_info(*titles: str) -> InstallationInfo:
    styles = tuple(
        OfferedStyle(name=f"style-{number}", title=title, artist="", year="") for number, title in enumerate(titles)
    )
    return InstallationInfo(
        id="mirror", name="Mirror in the hall", group="hall", version="1.2.3", network_sha256="", url="http://hub/",
        styles=styles,
    )  # fmt: skip


MESSAGE = discovery(an_info("The Great Wave", "Skrik “The Scream” {{ 1/0 }} 'n' \\", "Twice", "Twice", "星月夜"),
                    Topics("art-installation")).decode()  # fmt: skip


@pytest.fixture
async def mirror(hass, mqtt_mock):
    """A mirror that Home Assistant has discovered and that is online; returns what it says."""

    async def say(rest: str, payload: object) -> None:
        text = payload if isinstance(payload, str) else json.dumps(payload)
        async_fire_mqtt_message(hass, f"{BASE}/{rest}", text)
        await hass.async_block_till_done()

    async_fire_mqtt_message(hass, TOPIC, MESSAGE)
    await hass.async_block_till_done()
    await say("availability", "online")
    return say


def entity(hass, key: str) -> str:
    platform = json.loads(MESSAGE)["components"][key]["platform"]
    found = entity_registry.async_get(hass).async_get_entity_id(platform, "mqtt", unique(f"mirror-{key}"))
    assert found, f"{key} was not discovered"
    return found


def state(hass, key: str) -> str:
    return hass.states.get(entity(hass, key)).state


async def call(hass, domain: str, service: str, key: str, **data: object) -> None:
    await hass.services.async_call(domain, service, {ATTR_ENTITY_ID: entity(hass, key), **data}, blocking=True)


async def test_one_message_makes_the_device(hass, mirror, caplog):
    device = device_registry.async_get(hass).async_get_device({("mqtt", unique("mirror"))})
    assert device is not None
    assert (device.name, device.sw_version, device.manufacturer) == ("Mirror in the hall", "1.2.3", "art-installation")
    assert device.configuration_url == "http://hub/"
    for key in json.loads(MESSAGE)["components"]:
        assert entity(hass, key)
    complaints = [
        record for record in caplog.records if record.levelname in ("WARNING", "ERROR") and "mqtt" in record.name
    ]
    assert complaints == []


async def test_the_style_is_chosen_by_its_title(hass, mqtt_mock, mirror):
    await mirror("style/state", "style-1")
    assert state(hass, "style") == "Skrik “The Scream” {{ 1/0 }} 'n' \\"
    options = hass.states.get(entity(hass, "style")).attributes["options"]
    assert len(options) == 5
    for number, option in enumerate(options):
        await call(hass, "select", "select_option", "style", option=option)
        mqtt_mock.async_publish.assert_called_with(f"{BASE}/style/set", f"style-{number}", 1, False)
        await mirror("style/state", f"style-{number}")
        assert state(hass, "style") == option


async def test_the_strength_is_a_number(hass, mqtt_mock, mirror):
    await mirror("strength/state", "0.35")
    assert state(hass, "strength") == "0.35"
    await call(hass, "number", "set_value", "strength", value=0.6)
    mqtt_mock.async_publish.assert_called_with(f"{BASE}/strength/set", "0.6", 1, False)


async def test_a_surprise_is_a_button(hass, mqtt_mock, mirror):
    await call(hass, "button", "press", "surprise")
    mqtt_mock.async_publish.assert_called_with(f"{BASE}/surprise/set", "new", 1, False)


@pytest.mark.parametrize("what", ["display", "attract"])
async def test_switches(hass, mqtt_mock, mirror, what):
    await mirror(f"{what}/state", "OFF")
    assert state(hass, what) == "off"
    await call(hass, "switch", "turn_on", what)
    mqtt_mock.async_publish.assert_called_with(f"{BASE}/{what}/set", "ON", 1, False)
    assert state(hass, what) == "off"  # until the screen shows it
    await mirror(f"{what}/state", "ON")
    assert state(hass, what) == "on"


@pytest.mark.parametrize("op", ["identify", "restart"])
async def test_buttons(hass, mqtt_mock, mirror, op):
    await call(hass, "button", "press", op)
    mqtt_mock.async_publish.assert_called_with(f"{BASE}/request/{op}", "{}", 1, False)


async def test_health(hass, mirror):
    await mirror("health", HEALTH)
    assert (state(hass, "fps"), state(hass, "temperature"), state(hass, "frame_age")) == ("24.8", "61.5", "0.04")
    assert state(hass, "camera_problem") == "off"
    await mirror("health", {**HEALTH, "temperature": None, "frame_age": None, "camera": "no frame for 3 s"})
    assert state(hass, "temperature") == STATE_UNKNOWN
    assert state(hass, "camera_problem") == "on"
    assert hass.states.get(entity(hass, "camera_problem")).attributes["problem"] == "no frame for 3 s"


async def test_what_it_is_doing(hass, mirror):
    for phase in ("visitor", "attract", "closed", "off"):
        await mirror("phase/state", phase)
        assert state(hass, "phase") == phase


async def test_a_processor_that_is_slowed_down(hass, mirror):
    for throttled, told in ((True, "on"), (False, "off"), (None, STATE_UNKNOWN)):
        await mirror("health", {**HEALTH, "throttled": throttled})
        assert state(hass, "throttled") == told


async def test_offline(hass, mirror):
    await mirror("style/state", "style-0")
    await mirror("health", HEALTH)
    await mirror("availability", "offline")
    assert {state(hass, key) for key in json.loads(MESSAGE)["components"]} == {STATE_UNAVAILABLE}


async def test_an_update_is_an_update_of_the_same_device(hass, mirror):
    newer = json.loads(MESSAGE)
    newer["device"]["sw_version"] = "1.3.0"
    async_fire_mqtt_message(hass, TOPIC, json.dumps(newer))
    await hass.async_block_till_done()
    device = device_registry.async_get(hass).async_get_device({("mqtt", unique("mirror"))})
    assert device.sw_version == "1.3.0"
    assert len(device_registry.async_get(hass).devices) == 1


async def test_an_empty_message_takes_the_device_away(hass, mirror):
    async_fire_mqtt_message(hass, TOPIC, "")
    await hass.async_block_till_done()
    assert device_registry.async_get(hass).async_get_device({("mqtt", unique("mirror"))}) is None


async def test_a_camera_only_where_snapshots_are_allowed(hass, mqtt_mock, mirror):
    registry = entity_registry.async_get(hass)
    assert registry.async_get_entity_id("camera", "mqtt", unique("mirror-picture")) is None
    topics = Topics("art-installation")
    async_fire_mqtt_message(hass, TOPIC, discovery(an_info("Twice"), topics, snapshots=True).decode())
    await hass.async_block_till_done()
    camera = registry.async_get_entity_id("camera", "mqtt", unique("mirror-picture"))
    async_fire_mqtt_message(hass, f"{BASE}/picture", b"\xff\xd8a picture")
    await hass.async_block_till_done()
    assert (await async_get_image(hass, camera)).content == b"\xff\xd8a picture"
    button = registry.async_get_entity_id("button", "mqtt", unique("mirror-snapshot"))
    await mirror("availability", "online")  # the broker would send it again to an entity that is new
    await hass.services.async_call("button", "press", {ATTR_ENTITY_ID: button}, blocking=True)
    mqtt_mock.async_publish.assert_any_call(f"{BASE}/request/snapshot", "{}", 1, False)
