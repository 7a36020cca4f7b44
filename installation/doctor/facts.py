"""Facts about this machine, for a reader who has never seen it."""

import os
import platform
from pathlib import Path
from typing import Final

from installation.version import version

_MODEL: Final = Path("/proc/device-tree/model")
_GOVERNOR: Final = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_COMMAND_LINE: Final = Path("/proc/cmdline")


def facts() -> dict[str, str]:
    """Model, system, kernel and software; unknown facts are left out."""
    known = {
        "model": _read(_MODEL).rstrip("\0") or platform.machine(),
        "system": _system(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "art-installation": version(),
        "processors": str(os.cpu_count() or ""),
        "memory": _memory(),
        "governor": _read(_GOVERNOR),
        "command line": _read(_COMMAND_LINE),
    }
    return {name: value for name, value in known.items() if value}


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return platform.system()


def _memory() -> str:
    line = next((line for line in _read(Path("/proc/meminfo")).splitlines() if line.startswith("MemTotal:")), "")
    return f"{int(line.split()[1]) / 1e6:.1f} GB" if line else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
