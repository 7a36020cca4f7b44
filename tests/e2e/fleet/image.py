"""The base image: a minimal Debian Bookworm that stands in for Raspberry Pi OS Lite, made once and kept."""

import hashlib
import os
import shutil
from pathlib import Path

from .shell import run

SUITE = "bookworm"
PACKAGES = (
    "ca-certificates",
    "dbus",
    "iproute2",
    "mosquitto",
    "mosquitto-clients",
    "nftables",
    "openssh-server",
    "openssl",
    "python3",
    "python3-apt",
    "python3-systemd",
    "python3-venv",
    "sudo",
    "systemd",
    "systemd-sysv",
    "udev",
)
# What would disturb a test, or is there for every machine though only the hub should run it.
MASKED = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "console-getty.service",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "fstrim.timer",
    "systemd-networkd-wait-online.service",
)
DISABLED = ("mosquitto.service", "nftables.service")
USER = "technician"


def cache() -> Path:
    """Where images and wheels are kept between runs."""
    root = os.environ.get("ART_INSTALLATION_TEST_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "art-installation-tests"


def apt_source() -> Path:
    """The file by which this machine's own apt finds Debian."""
    candidates = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
    return next((path for path in candidates if path.is_file()), candidates[-1])


def base_image() -> Path:
    """The base image's folder; made now if there is none for this list of packages."""
    recipe = hashlib.sha256("\n".join((SUITE, *PACKAGES, *MASKED, *DISABLED, USER, "1")).encode()).hexdigest()[:12]
    folder = cache() / f"image-{recipe}"
    if folder.is_dir():
        return folder
    building = folder.with_suffix(".new")
    shutil.rmtree(building, ignore_errors=True)
    building.parent.mkdir(parents=True, exist_ok=True)
    include = f"--include={','.join(PACKAGES)}"
    run(["mmdebstrap", "--quiet", "--variant=minbase", include, SUITE, building, apt_source()], timeout=300)
    _prepare(building)
    building.rename(folder)
    return folder


def _prepare(root: Path) -> None:
    for unit in MASKED:
        run(["systemctl", f"--root={root}", "--quiet", "mask", unit])
    run(["systemctl", f"--root={root}", "--quiet", "disable", *DISABLED])
    (root / "etc/machine-id").write_text("")
    (root / "etc/hostname").unlink(missing_ok=True)
    run(["chroot", root, "useradd", "--create-home", "--shell", "/bin/bash", USER])
    (root / f"etc/sudoers.d/{USER}").write_text(f"{USER} ALL=(ALL) NOPASSWD: ALL\n")
    (root / f"etc/sudoers.d/{USER}").chmod(0o440)
