"""Lists the webcams that Linux knows."""

import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys/class/video4linux")

# From linux/videodev2.h: _IOR('V', 0, struct v4l2_capability), 104 bytes
_QUERYCAP = 0x80685600
_CAPABILITY = struct.Struct("16s32s32sIII12x")
_VIDEO_CAPTURE = 0x00000001
_DEVICE_CAPS = 0x80000000

_PI_DRIVERS = ("unicam", "rp1-cfe", "bcm2835-", "pispbe", "rpivid", "rpi-hevc-dec")
"""Drivers of the Pi's own camera and codec pipeline: they appear as cameras, but only libcamera can use them."""


@dataclass(frozen=True, slots=True)
class Device:
    """A video device: its number in ``/dev/videoN``, its name and its kernel driver."""

    number: int
    name: str
    driver: str

    @property
    def path(self) -> str:
        """The device file."""
        return f"/dev/video{self.number}"


def capability(path: str) -> tuple[str, bool] | None:
    """Return a device's driver and whether it captures video; None when it cannot be queried."""
    try:
        import fcntl  # not on Windows
    except ImportError:
        return None
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        answer = fcntl.ioctl(descriptor, _QUERYCAP, bytes(_CAPABILITY.size))
    except OSError:
        return None
    finally:
        os.close(descriptor)
    driver, _, _, _, whole, device = _CAPABILITY.unpack(answer)
    capabilities = device if whole & _DEVICE_CAPS else whole
    return driver.rstrip(b"\0").decode(errors="replace"), bool(capabilities & _VIDEO_CAPTURE)


def webcams(sysfs: Path = SYSFS, ask: Callable[[str], tuple[str, bool] | None] = capability) -> list[Device]:
    """Return the devices that give pictures, by number, without the Pi's own pipeline."""
    found = []
    for entry in sysfs.glob("video*"):
        number = entry.name.removeprefix("video")
        if not number.isdigit():
            continue
        answer = ask(f"/dev/video{number}")
        if answer is None or not answer[1] or answer[0].startswith(_PI_DRIVERS):
            continue
        found.append(Device(int(number), name_of(int(number), sysfs), answer[0]))
    return sorted(found, key=lambda device: device.number)


def name_of(number: int, sysfs: Path = SYSFS) -> str:
    """Return the kernel's name for device ``number``; empty when it has none."""
    try:
        return (sysfs / f"video{number}" / "name").read_text(errors="replace").strip()[:60]
    except OSError:
        return ""
