"""Pins of a driver: gpio-sim, which Debian 12's kernel leaves out, built from that kernel's own source."""

import shutil
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.fleet.image import cache
from tests.e2e.fleet.shell import run

from .qemu import Machine

_NAME = "gpio_sim_test"
_SOURCE = "linux-source-6.1"
_FILES = ("drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c")
_LIBRARIES = ("gpiozero>=2", "colorzero>=2", "lgpio>=0.2")
_BANK = "/sys/kernel/config/gpio-sim/pi/bank0"
_LINES = 28
_PI_4 = "c03115"
"""A Pi 4's revision, by which gpiozero knows its pins."""


def module(release: str) -> Path:
    """The driver for the kernel of this release (``uname -r``), built once; the test is skipped where it cannot be."""
    built = cache() / f"gpio-sim-{release}" / f"{_NAME}.ko"
    if not release.startswith("6.1."):
        pytest.skip(f"gpio-sim is built from the source of Debian 12's kernel; this one is {release}")
    if missing := [name for name in ("make", "gcc", "dpkg-deb") if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if not built.exists():
        _build(release, built.parent)
    return built


def _build(release: str, target: Path) -> None:
    building = target.with_suffix(".new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    common = release.rpartition("-")[0] + "-common"
    packages = (f"linux-headers-{release}", f"linux-headers-{common}", "linux-kbuild-6.1", _SOURCE)
    try:
        run(["apt-get", "download", "-qq", *packages], cwd=building, timeout=300)
    except AssertionError as error:
        pytest.skip(f"Debian no longer has this kernel's headers: {error}")
    for package in building.glob("*.deb"):
        run(["dpkg-deb", "-x", package, building / "root"], timeout=120)
        package.unlink()
    headers = building / f"root/usr/src/linux-headers-{release}"
    # They name their neighbours by absolute paths.
    for makefile in (headers / "Makefile", headers / ".kernelvariables"):
        if makefile.exists():
            makefile.write_text(makefile.read_text().replace("/usr/", f"{building}/root/usr/"))
    for link in ("scripts", "tools"):
        if (headers / link).is_symlink():
            (headers / link).unlink()
            (headers / link).symlink_to(building / "root/usr/lib/linux-kbuild-6.1" / link)
    with tarfile.open(building / f"root/usr/src/{_SOURCE}.tar.xz") as source:
        for member in source:
            inside = member.name.partition("/")[2]
            if inside in _FILES or inside.startswith("drivers/gpio/gpiolib-"):
                (building / Path(inside).name).write_bytes(source.extractfile(member).read())  # type: ignore[union-attr]
    interrupts = building / "irq_sim.c"
    # A module may not look interrupts up itself; this does the same with the number.
    text = interrupts.read_text().replace("handle_simple_irq(irq_to_desc(irqnum))", "generic_handle_irq(irqnum)")
    interrupts.write_text(text)
    (building / "Makefile").write_text(f"obj-m := {_NAME}.o\n{_NAME}-y := gpio-sim.o irq_sim.o\n")
    run(["make", "-C", headers, f"M={building}", "modules"], timeout=300)
    shutil.rmtree(building / "root")
    building.rename(target)


def libraries(folder: Path) -> Path:
    """gpiozero and the library below it, as a folder to import from on a machine with Debian 12's Python."""
    target = folder / "libraries"
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--target", target, "--only-binary=:all:"]
    words += ["--no-deps", "--python-version=3.11", "--platform=manylinux_2_34_x86_64", "--platform=any", *_LIBRARIES]
    try:
        run(words, timeout=120)
    except AssertionError as error:
        pytest.skip(f"gpiozero and lgpio cannot be had: {error}")
    return target


@dataclass
class Pins:
    """The pins of a Pi on an emulated machine, each pulled up until a finger pulls it down."""

    machine: Machine

    def load(self, driver: Path, packages: Path) -> None:
        """Load the driver, install the libraries, and let the mirror take the machine for a Pi."""
        machine = self.machine
        machine.send(driver, "gpio-sim.ko")
        machine.send(packages, "libraries")
        drop_in = "/etc/systemd/system/art-installation.service.d/pi.conf"
        machine.ssh(
            f"""set -e
            cd ~technician && cp -r libraries/* /usr/lib/python3/dist-packages/
            modprobe configfs && (mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config)
            insmod gpio-sim.ko
            mkdir -p {_BANK} && echo {_LINES} > {_BANK}/num_lines && echo 1 > {_BANK}/../live
            (cat /proc/cpuinfo; echo "Revision : {_PI_4}") > /etc/cpuinfo-of-a-pi
            printf "[Service]\\nBindReadOnlyPaths=/etc/cpuinfo-of-a-pi:/proc/cpuinfo\\n" > {drop_in}
            systemctl daemon-reload""",
            timeout=400,
        )

    def press(self, pin: int) -> None:
        """Press the button at this pin for a third of a second."""
        self._pull((pin, "down"), (pin, "up"))

    def turn(self, first: int, second: int) -> None:
        """Turn the encoder at these pins by one click: the first pin is the one that changes first."""
        self._pull((first, "down"), (second, "down"), (first, "up"), (second, "up"))

    def _pull(self, *moves: tuple[int, str]) -> None:
        place = "/sys/devices/platform/gpio-sim.0/gpiochip*/sim_gpio"
        words = "; sleep 0.3; ".join(f"echo pull-{way} > $(echo {place}{pin}/pull)" for pin, way in moves)
        self.machine.ssh(words)
