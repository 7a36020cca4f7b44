"""Checks the mirror's systemd unit on this device."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installation.doctor.check import Check
from installation.service.health import Health, HealthFile

UNIT: Final = "art-installation.service"
RUNTIME: Final = Path("/run/art-installation")
"""The unit's runtime folder."""
_PATIENCE: Final = 5.0
_RESTLESS: Final = 3
_FRESH: Final = 30.0
"""Seconds; the mirror reports every five."""


@dataclass(frozen=True, slots=True)
class Service:
    """The unit's state; empty where there is no unit.

    ``status`` is the mirror's status line; ``health`` is its last report, None where the last half minute has none, or
    this account may not read it.
    """

    active: str = ""
    status: str = ""
    restarts: int = 0
    health: Health | None = None

    @property
    def running(self) -> bool:
        """Whether the mirror runs, and therefore owns camera and screen."""
        return self.active == "active"


def ask_systemd() -> Service:
    """Ask systemd; empty where it does not run, or has no such unit."""
    if shutil.which("systemctl") is None:
        return Service()
    command = ["systemctl", "show", "--property=LoadState,ActiveState,StatusText,NRestarts", UNIT]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return Service()
    answer = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    if answer.get("LoadState") != "loaded":
        return Service()
    restarts = answer.get("NRestarts", "0")
    return Service(
        answer.get("ActiveState", ""),
        answer.get("StatusText", ""),
        int(restarts) if restarts.isdigit() else 0,
        HealthFile(RUNTIME).read(_FRESH),
    )


def check_service(service: Service) -> Check:
    """Is the mirror running?"""
    if not service.active:
        return Check("service", "skipped", "not installed as a service on this machine")
    if not service.running:
        return Check(
            "service", "bad", f"is {service.active}", f"read journalctl -u {UNIT}, then systemctl start {UNIT}"
        )
    found = f"runs: {service.status}" if service.status else "runs"
    if service.restarts > _RESTLESS:
        return Check("service", "note", f"{found}; restarted {service.restarts} times", f"read journalctl -u {UNIT}")
    return Check("service", "ok", found)
