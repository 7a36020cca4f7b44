"""Home Assistant's device discovery: one retained message describes the device and all its entities.

https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
"""

from collections.abc import Mapping
from typing import Any, Final, get_args

import msgspec

from installation.control.mqtt.info import InstallationInfo
from installation.control.mqtt.topics import HEALTH, NEW, OFF, OFFLINE, ON, ONLINE, PICTURE, Topics
from installation.show.director import Phase
from installation.show.offer import OfferedStyle

SUPPORT_URL: Final = "https://pypi.org/project/art-installation/"
HEALTH_EXPIRES: Final = 60
"""Seconds without a health report after which its values count as unknown."""


def discovery_topic(prefix: str, identity: str) -> str:
    """Topic of the discovery message; an empty message removes the device."""
    return f"{prefix}/device/{identity}/config"


def discovery(info: InstallationInfo, topics: Topics, *, snapshots: bool = False) -> bytes:
    """The message, JSON; only with ``snapshots`` it describes a camera."""
    link = {"configuration_url": info.url} if info.url.startswith(("http://", "https://")) else {}
    message = {
        "device": {
            "identifiers": [unique(info.id)],
            "name": info.name,
            "manufacturer": "art-installation",
            "model": "Living mirror",
            "sw_version": info.version,
            **link,
        },
        "origin": {"name": "art-installation", "sw_version": info.version, "support_url": SUPPORT_URL},
        "availability": [
            {
                "topic": topics.availability(info.id),
                "payload_available": ONLINE,
                "payload_not_available": OFFLINE,
            }
        ],
        "components": {
            # Each entity has its own QoS: Home Assistant does not pass on one for all.
            key: {"unique_id": unique(f"{info.id}-{key}"), "qos": 1, **entity}
            for key, entity in _entities(info, topics, snapshots)
        },
    }
    return msgspec.json.encode(message)


def unique(name: str) -> str:
    """A unique id for Home Assistant."""
    return f"art-installation-{name}"


def option_names(styles: tuple[OfferedStyle, ...]) -> dict[str, str]:
    """Label in Home Assistant → style name: the titles, with the name added where two are equal."""
    titles = [style.title for style in styles]
    return {
        (style.title if titles.count(style.title) == 1 and style.title else f"{style.title} ({style.name})"): style.name
        for style in styles
    }


def _entities(info: InstallationInfo, topics: Topics, snapshots: bool) -> list[tuple[str, dict[str, Any]]]:
    me, health = info.id, topics.of(info.id, HEALTH)
    on_off = {"payload_on": ON, "payload_off": OFF}

    def settable(what: str) -> dict[str, Any]:
        return {"state_topic": topics.state(me, what), "command_topic": topics.set(me, what)}

    def switch(what: str, name: str, icon: str) -> dict[str, Any]:
        return {"platform": "switch", "name": name, "icon": icon, **on_off, **settable(what)}

    def button(op: str, name: str, **more: str) -> dict[str, Any]:
        return {
            "platform": "button",
            "name": name,
            **more,
            "entity_category": "config" if op == "restart" else "diagnostic",
            "command_topic": topics.request(me, op),
            "payload_press": "{}",
        }

    def sensor(key: str, name: str, **more: Any) -> dict[str, Any]:
        return {
            "platform": "sensor",
            "name": name,
            "state_topic": health,
            "value_template": f"{{{{ value_json.{key} }}}}",
            "state_class": "measurement",
            "entity_category": "diagnostic",
            "expire_after": HEALTH_EXPIRES,
            **more,
        }

    options = option_names(info.styles)
    pictures = [
        ("picture", {"platform": "camera", "name": "Picture", "topic": topics.of(me, PICTURE)}),
        ("snapshot", button("snapshot", "Take picture", icon="mdi:camera")),
    ]
    return [
        *(pictures if snapshots else ()),
        (
            "style",
            {
                "platform": "select",
                "name": "Style",
                "icon": "mdi:palette",
                "options": list(options),
                "value_template": _translate({name: option for option, name in options.items()}),
                "command_template": _translate(options),
                **settable("style"),
            },
        ),
        (
            "strength",
            {
                "platform": "number",
                "name": "Strength",
                "icon": "mdi:brush",
                "min": 0,
                "max": 1,
                "step": 0.01,
                "mode": "slider",
                **settable("strength"),
            },
        ),
        (
            "surprise",
            {
                "platform": "button",
                "name": "Surprise",
                "icon": "mdi:dice-multiple",
                "command_topic": topics.set(me, "surprise"),
                "payload_press": NEW,
            },
        ),
        ("display", switch("display", "Display", "mdi:monitor")),
        ("attract", switch("attract", "Attract loop", "mdi:motion-play")),
        ("identify", button("identify", "Identify", device_class="identify")),
        ("restart", button("restart", "Restart", device_class="restart")),
        ("fps", sensor("fps", "Frame rate", unit_of_measurement="fps", suggested_display_precision=1)),
        ("temperature", sensor("temperature", "Temperature", device_class="temperature", unit_of_measurement="°C")),
        (
            "phase",
            {
                "platform": "sensor",
                "name": "Phase",
                "icon": "mdi:theater",
                "device_class": "enum",
                "options": list(get_args(Phase)),
                "entity_category": "diagnostic",
                "state_topic": topics.state(me, "phase"),
            },
        ),
        ("frame_age", sensor("frame_age", "Frame age", device_class="duration", unit_of_measurement="s")),
        (
            "throttled",
            {
                "platform": "binary_sensor",
                "name": "Throttled",
                "device_class": "problem",
                "entity_category": "diagnostic",
                "state_topic": health,
                # None, where the machine does not tell, is unknown to Home Assistant.
                "value_template": f"{{{{ none if value_json.throttled is none else '{ON}' if value_json.throttled "
                f"else '{OFF}' }}}}",
                **on_off,
                "expire_after": HEALTH_EXPIRES,
            },
        ),
        (
            "present",
            {
                "platform": "binary_sensor",
                "name": "Somebody there",
                "device_class": "occupancy",
                "state_topic": health,
                "value_template": f"{{{{ none if value_json.present is none else '{ON}' if value_json.present "
                f"else '{OFF}' }}}}",
                **on_off,
                "expire_after": HEALTH_EXPIRES,
            },
        ),
        ("visits", sensor("visits", "Visits", icon="mdi:account-group", state_class="total_increasing")),
        (
            "camera_problem",
            {
                "platform": "binary_sensor",
                "name": "Camera",
                "device_class": "problem",
                "entity_category": "diagnostic",
                "state_topic": health,
                "value_template": f"{{{{ '{OFF}' if value_json.camera == 'ok' else '{ON}' }}}}",
                **on_off,
                "expire_after": HEALTH_EXPIRES,
                "json_attributes_topic": health,
                "json_attributes_template": "{{ {'problem': value_json.camera} | tojson }}",
            },
        ),
    ]


def _translate(words: Mapping[str, str]) -> str:
    """A template that maps a value, and returns unknown values unchanged."""
    return f"{{{{ {msgspec.json.encode(words).decode()}.get(value, value) }}}}"
