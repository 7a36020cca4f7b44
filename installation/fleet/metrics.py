"""The fleet in Prometheus's text format, made from the same messages as ``fleet status``."""

import math
from collections.abc import Callable, Iterable
from typing import Final

from installation.fleet.roster import Member, ReportedHealth

Value = float | None
_HEALTH: Final[tuple[tuple[str, str, str, Callable[[ReportedHealth], Value]], ...]] = (
    ("fps", "gauge", "Pictures shown a second.", lambda health: health.fps),
    ("frame_age_seconds", "gauge", "Age of the frame on screen.", lambda health: health.frame_age),
    ("temperature_celsius", "gauge", "Temperature of the processor.", lambda health: health.temperature),
    ("throttled", "gauge", "1 while the processor is slowed down.", lambda health: health.throttled),
    ("camera_ok", "gauge", "1 while the camera works.", lambda health: health.camera == "ok"),
    ("display_ok", "gauge", "1 while the screen works.", lambda health: health.display == "ok"),
    ("present", "gauge", "1 while somebody is there.", lambda health: health.present),
    ("visits_total", "counter", "How often somebody came since the start.", lambda health: health.visits),
    ("uptime_seconds", "gauge", "Seconds since the start.", lambda health: health.uptime),
    ("restarts_total", "counter", "Restarts of the service since the machine booted.", lambda health: health.restarts),
    ("dropped_commands_total", "counter", "Commands that were refused.", lambda health: health.dropped_commands),
)
NAMES: Final = ("up", "problems", *(name for name, *_ in _HEALTH))
PREFIX: Final = "art_installation_"


def exposition(members: Iterable[Member]) -> str:
    """The text; what is unknown, or of an installation that is offline, is left out."""
    members = list(members)
    lines = _family("up", "gauge", "1 while the installation is online.", [(one, one.online) for one in members])
    lines += _family("problems", "gauge", "Problems that it has.", [(one, len(one.problems())) for one in members])
    for name, kind, says, value in _HEALTH:
        lines += _family(name, kind, says, [(one, value(one.health)) for one in members if one.online and one.health])
    return "\n".join(lines) + "\n"


def _family(name: str, kind: str, says: str, values: list[tuple[Member, Value]]) -> list[str]:
    lines = [f"# HELP {PREFIX}{name} {says}", f"# TYPE {PREFIX}{name} {kind}"]
    for member, value in values:
        if value is not None and math.isfinite(value):
            labels = f'id="{_escaped(member.id)}",group="{_escaped(member.group)}"'
            lines.append(f"{PREFIX}{name}{{{labels}}} {float(value):g}")
    return lines


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
