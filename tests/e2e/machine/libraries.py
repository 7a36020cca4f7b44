"""Python packages of PyPI for an emulated machine, as a folder that is copied there."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.e2e.fleet.shell import run

from .disk import SUITE
from .qemu import Machine

_PYTHON = {"bookworm": "3.11", "trixie": "3.13"}
_GLIBC = (17, 28, 34)
GPIO = ("gpiozero>=2", "colorzero>=2", "lgpio>=0.2")
PICAMERA2 = ("picamera2>=0.3.38", "libarchive-c", "piexif", "simplejpeg", "tqdm", "videodev2")
STAND_INS = {
    "pykms.py": (
        "class Any(type):\n    def __getattr__(cls, name):\n        return name\n"
        "class PixelFormat(metaclass=Any):\n    pass\n"
    ),
    "pidng/core.py": "PICAM2DNG = object\n",
    "pidng/camdefs.py": "Picamera2Camera = object\n",
    "prctl.py": "",
}
"""What picamera2 imports and a mirror does not use: previews on a screen, raw photos, a program for films."""


def install(machine: Machine, folder: Path, packages: Sequence[str], files: Mapping[str, str] | None = None) -> None:
    """Install these packages and files of Python for every program of the machine; the test is skipped without PyPI."""
    target = folder / "libraries"
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--target", target, "--no-deps", "--only-binary=:all:"]
    words += [f"--python-version={_PYTHON[SUITE]}", "--platform=any"]
    words += [f"--platform=manylinux_2_{number}_x86_64" for number in _GLIBC]
    try:
        run([*words, *packages], timeout=120)
    except AssertionError as error:
        pytest.skip(f"{', '.join(packages)}: cannot be had: {error}")
    for name, text in (files or {}).items():
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(text)
    machine.send(target, "libraries")
    machine.ssh("cp -r ~technician/libraries/* /usr/lib/python3/dist-packages/", timeout=400)
