"""Pins of a driver, as a Pi has them, and fingers that press buttons at them."""

from dataclasses import dataclass
from pathlib import Path

from .qemu import Machine

_BANK = "/sys/kernel/config/gpio-sim/pi/bank0"
_LINES = 28
_PI_4 = "c03115"
"""A Pi 4's revision, by which gpiozero knows its pins."""


@dataclass
class Pins:
    """The pins of a Pi on an emulated machine, each pulled up until a finger pulls it down."""

    machine: Machine

    def load(self, driver: Path) -> None:
        """Load the driver, and let the mirror take the machine for a Pi."""
        machine = self.machine
        machine.send(driver, "gpio-sim.ko")
        drop_in = "/etc/systemd/system/art-installation.service.d/pi.conf"
        machine.ssh(
            f"""set -e
            modprobe configfs && (mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config)
            insmod ~technician/gpio-sim.ko
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
