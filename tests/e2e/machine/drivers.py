"""Drivers that Debian's kernel leaves out, built as modules from that kernel's own source, once for each kernel."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.fleet.image import cache
from tests.e2e.fleet.shell import run

from .disk import SUITE, sources

_PACKAGES = ("build-essential", "kmod", "linux-source", "xz-utils")
_IN, _TREE = "driver", "usr/src"


@dataclass(frozen=True)
class Driver:
    """What one module is made of."""

    name: str
    files: tuple[str, ...]
    """Patterns of the kernel's source that go into one folder."""
    makefile: str = ""
    """In place of the source's own; empty: that one."""
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By file, what takes the place of what."""

    def built(self, release: str) -> Path:
        """The module for the kernel of this release (``uname -r``).

        It is built with the device's Debian, in a folder that is gone afterwards. The test is skipped where Debian no
        longer has this kernel's headers.
        """
        module = cache() / f"{self.name}-{release}.ko"
        if not module.exists():
            place = module.with_suffix(".new")
            shutil.rmtree(place, ignore_errors=True)
            try:
                _debian(place, f"linux-headers-{release}")
                self._build(place, release).rename(module)
            finally:
                shutil.rmtree(place, ignore_errors=True)
        return module

    def _build(self, place: Path, release: str) -> Path:
        folder = place / _IN
        folder.mkdir()
        source = next((place / _TREE).glob("linux-source-*.tar.xz"))
        patterns = [f"{source.name.removesuffix('.tar.xz')}/{name}" for name in self.files]
        run(["tar", "-xJf", source, "-C", folder, "--wildcards", "--transform=s|.*/||", *patterns], timeout=300)
        if self.makefile:
            (folder / "Makefile").write_text(self.makefile)
        for name, (before, after) in self.changes.items():
            text = (folder / name).read_text()
            assert before in text, f"{name} of {release} is another one"
            (folder / name).write_text(text.replace(before, after))
        words = ["make", "-C", f"/usr/src/linux-headers-{release}", f"M=/{_IN}", *_switches(folder), "modules"]
        run(["chroot", place, *words], timeout=600)
        return folder / f"{self.name}.ko"


GPIO_SIM = Driver(
    "gpio_sim_test",
    ("drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib*.h", "kernel/irq/irq_sim.c"),
    "obj-m := gpio_sim_test.o\ngpio_sim_test-y := gpio-sim.o irq_sim.o\n",
    # A module may not look interrupts up itself; this does the same with the number.
    {"irq_sim.c": ("handle_simple_irq(irq_to_desc(irqnum))", "generic_handle_irq(irqnum)")},
)
"""Pins that are pulled up and down through sysfs, with the interrupts that Debian leaves out too."""
_LARGEST = "#define VIMC_FRAME_MAX_WIDTH {}\n#define VIMC_FRAME_MAX_HEIGHT {}\n"
VIMC = Driver(
    "vimc",
    ("drivers/media/test-drivers/vimc/*",),
    # An emulated processor would take seconds for the two million pixels of a frame.
    changes={"vimc-common.h": (_LARGEST.format(4096, 2160), _LARGEST.format(640, 480))},
)
"""A camera of several parts, which libcamera knows."""


def _debian(place: Path, headers: str) -> None:
    words = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join((*_PACKAGES, headers))}"]
    try:
        run([*words, SUITE, place, sources()], timeout=600)
    except AssertionError as error:
        pytest.skip(f"Debian no longer has what this kernel's drivers are built with: {str(error)[-300:]}")


def _switches(folder: Path) -> list[str]:
    """What the source's own Makefile asks the kernel's settings for."""
    text = (folder / "Makefile").read_text()
    return [f"{word[2:-1]}=m" for word in text.replace("obj-", " ").split() if word.startswith("$(CONFIG_")]
