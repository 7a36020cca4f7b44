"""The disk of a bare device: Debian with a kernel, as near to Raspberry Pi OS Lite as packages allow.

What is on it is made once and kept under the hash of what goes into it; every machine gets a disk of its own, laid out
like an SD card, with a boot partition.
"""

import hashlib
import lzma
import shutil
import stat
from pathlib import Path

from tests.e2e.fleet.image import USER, apt_source, cache
from tests.e2e.fleet.shell import CommandFailed, run

SUITE = "bookworm"
PACKAGES = (
    "busybox",
    "ca-certificates",
    "dbus",
    "initramfs-tools",
    "iproute2",
    "kmod",
    "libegl1",
    "libgbm1",
    "libgl1-mesa-dri",
    "libgles2",
    "linux-image-amd64",
    "openssh-server",
    "overlayroot",
    "procps",
    "python3",
    "python3-apt",
    "python3-pygame",
    "python3-systemd",
    "python3-venv",
    "sudo",
    "systemd",
    "systemd-sysv",
    "systemd-timesyncd",
    "udev",
    "v4l-utils",
)
MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer")
SIGNATURE = "61727469"
"""The disk's own number, by which the kernel finds its root: PARTUUID=61727469-02."""
MEGABYTE = 1 << 20
BOOT_START, BOOT_SIZE = 4 * MEGABYTE, 128 * MEGABYTE
ROOT_START = BOOT_START + BOOT_SIZE
SIZE = 4096 * MEGABYTE
COMMAND_LINE = "console=ttyS0,115200 console=tty1 root=PARTUUID={signature}-02 rootfstype=ext4 fsck.repair=yes rootwait"
FILES = {
    "etc/fstab": "LABEL=bootfs /boot/firmware vfat defaults 0 2\nLABEL=rootfs / ext4 defaults,noatime 0 1\n",
    "etc/hostname": "mirror\n",
    "etc/hosts": "127.0.0.1 localhost\n127.0.1.1 mirror\n",
    "etc/machine-id": "",
    # One webcam, of a kernel driver: it can be unbound and bound again as a real one is unplugged.
    "etc/modules-load.d/camera.conf": "vivid\n",
    "etc/modprobe.d/camera.conf": "options vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0\n",
    "etc/systemd/network/wired.network": "[Match]\nName=e*\n[Network]\nDHCP=ipv4\n",
    # What a Pi does in a second takes an emulated machine several.
    "etc/systemd/system/art-installation.service.d/emulated.conf": "[Service]\nTimeoutStartSec=8min\nWatchdogSec=90\n",
    f"etc/sudoers.d/{USER}": f"{USER} ALL=(ALL) NOPASSWD: ALL\n",
    "etc/ssh/sshd_config.d/keys.conf": "PasswordAuthentication no\nUseDNS no\n",
}
# Only what finds this disk: Debian's RAM disk of every driver takes an emulated machine a minute to unpack and search.
RAMDISK = {
    "usr/share/initramfs-tools/conf.d/emulated": "MODULES=list\n",
    "usr/share/initramfs-tools/modules.d/emulated": "virtio_pci\nvirtio_blk\next4\ncrc32c_generic\noverlay\n",
}
_RASPI_CONFIG = Path(__file__).with_name("raspi-config")


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
    root = building / "root"
    include = f"--include={','.join(PACKAGES)}"
    hooks = [f'--essential-hook=mkdir -p "$(dirname "$1/{name}")"' for name in RAMDISK]
    hooks += [f'--essential-hook=printf %b {text!r} > "$1/{name}"' for name, text in RAMDISK.items()]
    run(["mmdebstrap", "--quiet", "--variant=minbase", include, *hooks, SUITE, root, apt_source()], timeout=540)
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", building / "key"])
    _prepare(root, (building / "key.pub").read_text())
    _write_boot(building / "boot", root)
    building.rename(folder)
    return folder


def write_disk(target: Path, root: Path, boot: Path) -> Path:
    """Lay a disk out like an SD card, with what these two folders hold in its partitions."""
    image = target.with_suffix(".boot")
    run(["mkfs.vfat", "-n", "bootfs", "-C", image, BOOT_SIZE // 1024])
    for path in sorted(boot.iterdir()):
        run(["mcopy", "-i", image, path, f"::{path.name}"])
    _assemble(target, image, root)
    image.unlink()
    return target


def read_boot(disk: Path, name: str, target: Path) -> Path:
    """Copy a file of the boot partition out, as the firmware does when the power comes on."""
    run(["mcopy", "-n", "-o", "-i", f"{disk}@@{BOOT_START}", f"::{name}", target])
    return target


def check_root(disk: Path, folder: Path) -> str:
    """What e2fsck finds in the root once its journal is replayed, on a copy; empty if it is clean.

    The disk must be switched off.
    """
    copy = folder / "checked.img"
    run(["cp", "--sparse=always", "--reflink=auto", disk, copy], timeout=120)
    try:
        place = f"{copy}?offset={ROOT_START}"
        run(["e2fsck", "-E", "journal_only", place], check=False)
        try:
            run(["e2fsck", "-fn", place], timeout=120)
        except CommandFailed as failure:
            return str(failure)
        return ""
    finally:
        copy.unlink()


def _recipe() -> str:
    inputs = (SUITE, *PACKAGES, *MASKED, COMMAND_LINE, SIGNATURE, str(SIZE), str(FILES), str(RAMDISK))
    return hashlib.sha256("\n".join((*inputs, _RASPI_CONFIG.read_text(), "3")).encode()).hexdigest()[:12]


def _prepare(root: Path, public_key: str) -> None:
    run(["chroot", root, "useradd", "--create-home", "--shell", "/bin/bash", USER])
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / f"etc/sudoers.d/{USER}").chmod(stat.S_IRUSR | stat.S_IRGRP)
    tool = root / "usr/bin/raspi-config"
    tool.write_text(_RASPI_CONFIG.read_text())
    tool.chmod(0o755)
    ssh = root / "home" / USER / ".ssh"
    ssh.mkdir()
    (ssh / "authorized_keys").write_text(public_key)
    run(["chroot", root, "chown", "-R", f"{USER}:{USER}", f"/home/{USER}/.ssh"])
    run(["systemctl", f"--root={root}", "--quiet", "mask", *MASKED])
    run(["systemctl", f"--root={root}", "--quiet", "enable", "systemd-networkd", "systemd-timesyncd"])
    (root / "etc/resolv.conf").write_text("")


def _write_boot(folder: Path, root: Path) -> None:
    """What the firmware reads: kernel, initial RAM disk, command line."""
    folder.mkdir()
    (root / "boot/firmware").mkdir()
    kernel, ramdisk = (next((root / "boot").glob(f"{name}-*")) for name in ("vmlinuz", "initrd.img"))
    (folder / "kernel").write_bytes(unpacked(kernel.read_bytes()))
    shutil.copy(ramdisk, folder / "ramdisk")
    (folder / "cmdline.txt").write_text(COMMAND_LINE.format(signature=SIGNATURE) + "\n")
    (folder / "config.txt").write_text("dtoverlay=vc4-kms-v3d\n")


def unpacked(kernel: bytes) -> bytes:
    """The kernel that packs itself as a bzImage does: QEMU starts it as it is, and nothing is unpacked by emulation."""
    start = kernel.index(b"\xfd7zXZ\x00")
    return lzma.LZMADecompressor().decompress(kernel[start:])


def _assemble(disk: Path, boot: Path, root: Path) -> None:
    with disk.open("wb") as file:
        file.truncate(SIZE)
        file.seek(BOOT_START)
        file.write(boot.read_bytes())
    table = (
        f"label: dos\nlabel-id: 0x{SIGNATURE}\n"
        f"start={BOOT_START // 512}, size={BOOT_SIZE // 512}, type=c\nstart={ROOT_START // 512}, type=83\n"
    )
    (script := disk.with_suffix(".table")).write_text(table)
    run(["bash", "-c", 'sfdisk --quiet "$1" < "$2"', "-", disk, script])
    script.unlink()
    options = ["-q", "-F", "-t", "ext4", "-L", "rootfs", "-d", root, "-E", f"offset={ROOT_START}"]
    run(["mke2fs", *options, disk, f"{(SIZE - ROOT_START) // 1024}k"], timeout=120)
