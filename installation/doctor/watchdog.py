"""Checks the hardware watchdog, which resets a machine whose kernel hangs."""

from pathlib import Path
from typing import Final

from installation.doctor.check import Check

DEVICES: Final = Path("/sys/class/watchdog")
_CURE: Final = "run site.yml with kiosk_watchdog_seconds above 0, then restart"


def check_watchdog(devices: Path = DEVICES) -> Check:
    """Is there one, is it in use, and did it cause the last start?"""
    found = sorted(path for path in devices.glob("watchdog*") if (path / "identity").exists())
    if not found:
        return Check("watchdog", "skipped", "no hardware watchdog here")
    armed = next((path for path in found if _read(path / "state") == "active"), None)
    if armed is None:
        return Check("watchdog", "note", f"{_read(found[0] / 'identity')}: not in use", _CURE)
    text = f"{_read(armed / 'identity')}: resets after {_read(armed / 'timeout') or '?'} s"
    # WDIOF_CARDRESET of linux/watchdog.h
    if int(_read(armed / "bootstatus") or "0") & 0x20:
        return Check("watchdog", "note", f"{text}; it did so before this start", "read journalctl -b -1 -n 50")
    return Check("watchdog", "ok", text)


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
