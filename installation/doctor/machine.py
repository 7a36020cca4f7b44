"""Checks the machine: clock, heat, disk, overlay, version."""

import shutil
import time
from pathlib import Path
from typing import Final

from installation.doctor.check import Check
from installation.service.clock import NEVER_SET, SYNCHRONISED, clock_problem
from installation.service.health import temperature, throttled
from installation.version import version

COMMAND_LINE: Final = Path("/proc/cmdline")
MOUNTS: Final = Path("/proc/mounts")
EXT4: Final = Path("/sys/fs/ext4")
BLOCKS: Final = Path("/sys/block")
RELEASE: Final = Path("/opt/art-installation/current")

_HOT: Final = 80.0
_LEAST_FREE: Final = 300e6
_WORN: Final = 9


def check_clock(marker: Path = SYNCHRONISED, now: float | None = None) -> Check:
    """Is the clock set? Opening hours and certificates need it, and a Pi has no battery-backed clock."""
    cure = "name a time server that the device can reach (system_time_servers), the hub can be one"
    now = time.time() if now is None else now
    shown = time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(now))
    problem = clock_problem(marker, now)
    if problem:
        return Check("clock", "bad" if problem == NEVER_SET else "note", f"{shown}, {problem}", cure)
    return Check("clock", "ok", f"{shown}, {'synchronised' if marker.exists() else 'set by other means'}")


def check_heat(degrees: float | None = None, slowed: bool | None = None) -> Check:
    """Is it too hot, or the power supply too weak? Both make the Pi slow."""
    degrees = temperature() if degrees is None else degrees
    slowed = throttled() if slowed is None else slowed
    if degrees is None and slowed is None:
        return Check("heat", "skipped", "no sensor here")
    found = f"{degrees:.0f} °C" if degrees is not None else "no sensor"
    if slowed:
        return Check(
            "heat", "bad", f"{found}, throttled now", "check the power supply (5 V, 5 A on a Pi 5) and the fan"
        )
    if degrees is not None and degrees >= _HOT:
        return Check("heat", "bad", found, "give it air, a heat sink or a fan")
    return Check("heat", "ok", found)


def check_disk(path: Path, ext4: Path = EXT4, blocks: Path = BLOCKS) -> Check:
    """Free space, errors and wear, as far as the card reports them."""
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    usage = shutil.disk_usage(existing)
    found = f"{usage.free / 1e9:.1f} GB free of {usage.total / 1e9:.1f}"
    errors = sum(int(file.read_text()) for file in ext4.glob("*/errors_count"))
    if errors:
        return Check(
            "disk", "bad", f"{found}, {errors} file system errors", "replace the card, see docs/technicians.md"
        )
    worn = max(
        (int(word, 16) for file in blocks.glob("*/device/life_time") for word in file.read_text().split()), default=0
    )
    if worn >= _WORN:
        return Check("disk", "bad", f"{found}, {worn * 10} % worn", "replace the card, see docs/technicians.md")
    if usage.free < _LEAST_FREE:
        return Check("disk", "bad", found, "remove old files: journalctl --vacuum-size=16M, apt-get clean")
    written = sum(int(file.read_text()) for file in ext4.glob("*/lifetime_write_kbytes")) / 1e9
    return Check("disk", "ok", f"{found}, {written:.2f} TB written" if written else found)


def check_overlay(command_line: Path = COMMAND_LINE, mounts: Path = MOUNTS) -> Check:
    """Is the root file system read-only, so that a power cut cannot damage the card?"""
    words = command_line.read_text().split()
    asked = any(
        word in ("overlayroot=tmpfs", "boot=overlay") or word.startswith("overlayroot=tmpfs:") for word in words
    )
    roots = [line.split() for line in mounts.read_text().splitlines() if line.split()[1:2] == ["/"]]
    overlaid = any(root[2] == "overlay" for root in roots)
    if asked and not overlaid:
        return Check(
            "overlay", "bad", "asked for at boot, but the root is writable", "run raspi-config, Overlay File System"
        )
    return Check("overlay", "ok", "on: the card is not written" if asked else "off: the card is written")


def check_version() -> Check:
    """Which release is this?"""
    installed = RELEASE.resolve().name if RELEASE.exists() else "not deployed by Ansible"
    return Check("version", "ok", f"{version()} ({installed})")
