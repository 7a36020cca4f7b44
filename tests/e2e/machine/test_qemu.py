"""The emulated machine itself, with a kernel that only resets it, over and over."""

import socket
import struct
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.fleet.namespaces import make_network, remove_network
from tests.e2e.fleet.shell import CommandFailed, until

from .qemu import Machine, Platform, conversation
from .small import small_disk

pytestmark = pytest.mark.e2e

PREFIX = "artqemu-"
_HERE = 0x100000
_MULTIBOOT, _ADDRESSES = 0x1BADB002, 1 << 16
# mov ecx, 2^28; loop until it is 0; then an interrupt without a table of interrupts, which resets a PC.
_CODE = b"\xb9\x00\x00\x00\x10\x49\x75\xfd\x0f\x01\x1d" + struct.pack("<I", _HERE + 48) + b"\xcc"


def resetting_kernel() -> bytes:
    """A kernel by the Multiboot specification, as QEMU starts it, that resets the machine in a second or so."""
    header = struct.pack("<3I", _MULTIBOOT, _ADDRESSES, -(_MULTIBOOT + _ADDRESSES) & 0xFFFFFFFF)
    places = struct.pack("<5I", _HERE, _HERE, _HERE + 64, _HERE + 64, _HERE + 32)
    return (header + places + _CODE).ljust(64, b"\x00")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    boot = {"kernel": resetting_kernel(), "ramdisk": b"\x00" * 512, "cmdline.txt": b"quiet\n"}
    disk = small_disk(tmp_path, {}, boot, {"qemu-system-x86_64": "qemu-system-x86", "ip": "iproute2"})
    ports = make_network(("controller", "pi1"), PREFIX)
    platform = Platform("qemu-system-x86_64", ("-machine", "pc", "-accel", "tcg", "-m", "64"), patience=1.0)
    device = Machine(platform, tmp_path / "machine", disk, tmp_path / "key", ports["pi1"], ports["controller"])
    try:
        yield device
    finally:
        device.power_cut()
        remove_network(PREFIX)


def test_a_reset_counts_once_the_machine_is_on_again(machine: Machine) -> None:
    """What is asked of it next is asked of the machine that was reset, not of one that is about to end."""
    machine.power_on()
    for _ in range(3):
        before = machine.resets()
        until("a reset", partial(resets_again, machine, before), 60, pause=0.001)
        assert not machine.powers[-1].ended
        assert machine.glass().shape == (480, 640, 3)


def resets_again(machine: Machine, before: int) -> bool:
    return machine.resets() > before


def test_a_monitor_that_ends_while_it_is_asked_gives_no_answer(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "monitor"))
        listening.listen()

        def hang_up() -> None:
            listening.accept()[0].close()

        qemu = threading.Thread(target=hang_up)
        qemu.start()
        with pytest.raises(CommandFailed, match="gone"), conversation(tmp_path / "monitor"):
            pass
        qemu.join(5)
