"""How long ago something was, in words."""

from datetime import datetime


def ago(seen: datetime | None, now: datetime) -> str:
    """Time since, in the largest fitting unit."""
    if seen is None:
        return "never"
    seconds = max(0.0, (now - seen).total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
