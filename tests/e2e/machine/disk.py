"""The disk of a bare device: a card as ``deploy/image`` makes it, with an emulated machine's kernel and camera.

What is on it is made once and kept under the hash of what goes into it; every machine gets a disk of its own.
"""

import contextlib
import dataclasses
import functools
import hashlib
import lzma
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from deploy.image import card
from tests.e2e.fleet.image import USER, apt_source, cache
from tests.e2e.fleet.shell import run

FILES = {
    # One webcam, of a kernel driver: it can be unbound and bound again as a real one is unplugged.
    "etc/modules-load.d/camera.conf": "vivid\n",
    "etc/modprobe.d/camera.conf": "options vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0\n",
    # What a Pi does in a second takes an emulated machine several.
    "etc/systemd/system/art-installation.service.d/emulated.conf": "[Service]\nTimeoutStartSec=5min\nWatchdogSec=30\n",
}
# Only what finds this disk: Debian's RAM disk of every driver takes an emulated machine a minute to unpack and search.
RAMDISK = {
    "usr/share/initramfs-tools/conf.d/emulated": "MODULES=list\n",
    "usr/share/initramfs-tools/modules.d/emulated": "virtio_pci\nvirtio_blk\next4\ncrc32c_generic\noverlay\n",
}
# What takes an emulated machine seconds and does nothing here. Without a name server in reach, resolved never rests.
IDLE = (
    *("dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer"),
    *("systemd-binfmt.service", "systemd-resolved.service"),
)
SUITE = os.environ.get("ART_MACHINE_SUITE", card.Recipe.suite)
"""Debian's release on the device: ``bookworm`` or ``trixie``."""
# What Raspberry Pi OS has and Debian 12 has not: libcamera's Python, for picamera2.
_MORE = {"trixie": ("libcamera-ipa", "python3-libcamera")}
_RASPI_CONFIG = "usr/bin/raspi-config"
RECIPE = card.Recipe(
    key="",
    architecture="amd64",
    suite=SUITE,
    packages=_MORE.get(SUITE, ()),
    user=USER,
    masked=(*card.Recipe.masked, *IDLE),
    files=FILES | {_RASPI_CONFIG: Path(__file__).with_name("raspi-config").read_text()},
    early=RAMDISK,
    command_line=f"console=ttyS0,115200 {card.COMMAND_LINE}",
)
WRITTEN, SIZE = 3072 * card.MEGABYTE, 4096 * card.MEGABYTE
"""What is written to a card, and the card, which is larger."""


def base() -> Path:
    """The folder with ``root`` and ``boot``, what the two partitions hold, and the ``key`` that opens the machine.

    It is made now if there is none for these inputs.
    """
    folder = cache() / f"machine-{_recipe()}"
    if folder.is_dir():
        return folder
    building = folder.with_suffix(".new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    root, boot = building / "root", building / "boot"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", building / "key"])
    recipe = dataclasses.replace(RECIPE, key=(building / "key.pub").read_text(), sources=sources())
    card.make_root(recipe, root)
    (root / _RASPI_CONFIG).chmod(0o755)
    card.take_boot(recipe, root, boot)
    (boot / "kernel").write_bytes(unpacked((boot / "kernel").read_bytes()))
    building.rename(folder)
    return folder


def sources() -> Path:
    """A file of apt's sources by which the device's Debian is found where this machine finds its own."""
    own = apt_source()
    target = cache() / f"{SUITE}{own.suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(own.read_text().replace(card.Recipe.suite, SUITE))
    return target


def write_disk(target: Path, root: Path, boot: Path) -> Path:
    """Write a card with what these two folders hold, in QEMU's own format, which keeps states to return to."""
    card_file = target.with_suffix(".img")
    card.write_card(card_file, root, boot, WRITTEN)
    os.truncate(card_file, SIZE)
    run(["qemu-img", "convert", "-O", "qcow2", card_file, target], timeout=240)
    card_file.unlink()
    return target


def read_boot(disk: Path, folder: Path, *names: str) -> list[Path]:
    """Copy files of the boot partition out, as the firmware does when the power comes on."""
    partition = folder / "boot.img"
    count = f"count={card.ROOT_START // card.MEGABYTE}"
    partition.unlink(missing_ok=True)
    run(["qemu-img", "dd", "-O", "raw", "bs=1M", count, f"if={disk}", f"of={partition}"])
    for name in names:
        run(["mcopy", "-n", "-o", "-i", f"{partition}@@{card.BOOT_START}", f"::{name}", folder / name])
    return [folder / name for name in names]


@contextlib.contextmanager
def examined_root(disk: Path, folder: Path) -> Iterator[Path]:
    """The root of a disk that is switched off, mounted from a copy, once its journal is replayed and e2fsck was there.

    Raises:
        AssertionError: e2fsck finds something. Counts of what is free are no finding: they are made anew at each mount.
    """
    whole, root = folder / "whole.img", folder / "root"
    run(["qemu-img", "convert", "-O", "raw", disk, whole], timeout=240)
    # A device of its own: e2fsck replays no journal behind an offset.
    device = run(["losetup", "--find", "--show", f"--offset={card.ROOT_START}", whole]).strip()
    root.mkdir(exist_ok=True)
    try:
        run(["e2fsck", "-p", "-E", "journal_only", device])
        run(["e2fsck", "-fn", device], timeout=240)
        run(["mount", device, root])
        try:
            yield root
        finally:
            run(["umount", root])
    finally:
        run(["losetup", "--detach", device])
        whole.unlink()


@functools.cache
def _recipe() -> str:
    parts = (RECIPE.suite, *RECIPE.all_packages(), *RECIPE.masked, RECIPE.command_line, str(RECIPE.early))
    text = "\n".join((*parts, str(RECIPE.all_files()), Path(card.__file__).read_text()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def unpacked(kernel: bytes) -> bytes:
    """The kernel in a bzImage that is packed by xz: QEMU starts it as it is, and nothing is unpacked by emulation.

    One that is packed another way, as Debian 13's is, unpacks itself.
    """
    start = kernel.find(b"\xfd7zXZ\x00")
    if start < 0:
        return kernel
    return lzma.LZMADecompressor().decompress(kernel[start:])
