"""Prints ``page/constants.js``: constants that the visitor page and the installation share, taken from the code.

``python -m installation.control.web.constants > installation/control/web/page/constants.js``
"""

import json
from collections.abc import Mapping
from typing import Any, Final, get_args

from installation.collection import MOST_STYLES
from installation.control.mqtt.decoder import LARGEST_WEIGHT, NUMBER_PATTERN
from installation.control.mqtt.link import PACKET_LIMIT
from installation.control.mqtt.states import CLOSE, PACE, PLACES
from installation.control.mqtt.topics import NONE, OFF, OFFLINE, ON, ONLINE
from installation.settings import NAME_PATTERN, BrokerSettings
from installation.show.director import Phase
from installation.show.surprise import SEEDS

PATTERNS: Final = {"NAME": NAME_PATTERN, "NUMBER": NUMBER_PATTERN}
"""Regular expressions that mean the same in JavaScript, each for a whole text."""


def constants() -> Mapping[str, Any]:
    """The values by their names in JavaScript; names that end in ``_MS`` are milliseconds."""
    return {
        "BASE": BrokerSettings().base,
        "LARGEST_PAYLOAD": PACKET_LIMIT,
        "MOST_STYLES": MOST_STYLES,
        "LARGEST_WEIGHT": int(LARGEST_WEIGHT),
        "PLACES": PLACES,
        "CLOSE": CLOSE,
        "PACE_MS": round(PACE * 1000),
        "SEEDS": SEEDS,
        "NONE": NONE,
        "PHASES": get_args(Phase),
        "ONLINE": ONLINE,
        "OFFLINE": OFFLINE,
        "ON": ON,
        "OFF": OFF,
    }


def javascript() -> str:
    """The file."""
    lines = [
        '"use strict";',
        "// Written by `python -m installation.control.web.constants`; a test compares.",
        "",
        *(f"const {name} = {json.dumps(value)};" for name, value in constants().items()),
        *(f"const {name} = /^(?:{pattern})$/;" for name, pattern in PATTERNS.items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(javascript(), end="")
