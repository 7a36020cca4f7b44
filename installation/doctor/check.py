"""One result of a check."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from installation.errors import InstallationError

State = Literal["ok", "note", "bad", "skipped"]
"""``note``: worth a look; ``bad``: must be repaired; ``skipped``: does not apply to this device."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result for one part, and its cure (empty where nothing is wrong)."""

    name: str
    state: State
    found: str
    cure: str = ""


def guarded(name: str, look: Callable[[], Check]) -> Check:
    """The result of ``look``; an exception in it becomes a result too."""
    try:
        return look()
    except InstallationError as error:
        what, _, cure = str(error).partition("; ")
        return Check(name, "bad", what, cure)
    except Exception as error:  # noqa: BLE001 - a finding too
        return Check(name, "bad", f"cannot be examined ({type(error).__name__}: {error})", "report this line")
