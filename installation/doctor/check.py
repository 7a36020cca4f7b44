"""One finding about one part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from installation.errors import InstallationError

State = Literal["ok", "note", "bad", "skipped"]
"""``note`` deserves a look and ``bad`` needs somebody; ``skipped`` does not apply to this device."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was found about a part, and what to do about it (empty where nothing is to be done)."""

    name: str
    state: State
    found: str
    cure: str = ""


def guarded(name: str, look: Callable[[], Check]) -> Check:
    """The finding of ``look``, whatever happens in it: a doctor that falls over helps nobody."""
    try:
        return look()
    except InstallationError as error:
        what, _, cure = str(error).partition("; ")
        return Check(name, "bad", what, cure)
    except Exception as error:  # noqa: BLE001 - a finding too
        return Check(name, "bad", f"cannot be examined ({type(error).__name__}: {error})", "report this line")
