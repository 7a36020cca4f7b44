"""Makes a card for a Pi: a file with Debian on it, for any tool that writes cards. One command, on a Debian machine:

    sudo python3 deploy/image/card.py --key ~/.ssh/id_ed25519.pub card.img

Nothing on it is secret and nothing is one device's own: write as many cards as there are devices, and put the name of
each into the file name.txt on its first partition, which every computer can open. ``site.yml`` finds it as NAME.local.
"""

import argparse
import dataclasses
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "sfdisk": "fdisk",
    "mke2fs": "e2fsprogs",
}
FOREIGN = {"arch-test": "arch-test", "qemu-aarch64-static": "qemu-user-static binfmt-support"}
"""Those by which another kind of computer runs an arm64 card's own programs while it is made."""
PACKAGES = (
    *("busybox", "ca-certificates", "dbus", "initramfs-tools", "iproute2", "kmod", "openssh-server", "procps"),
    *("sudo", "systemd", "systemd-sysv", "systemd-timesyncd", "udev", "e2fsprogs", "fdisk", "dosfstools"),
    *("overlayroot", "systemd-resolved"),
    # What the playbooks would install, so that a gallery needs no internet.
    *("libegl1", "libgbm1", "libgl1-mesa-dri", "libgles2", "python3-apt", "python3-pygame", "python3-systemd"),
    *("python3-venv", "v4l-utils"),
)
KERNELS = {
    "arm64": ("linux-image-arm64", "raspi-firmware", "firmware-brcm80211", "python3-gpiozero"),
    "amd64": ("linux-image-amd64",),
}
SIGNATURE = "61727469"
"""The disk's own number, by which the kernel finds its root: PARTUUID=61727469-02."""
MEGABYTE = 1 << 20
BOOT_START, BOOT_SIZE = 4 * MEGABYTE, 256 * MEGABYTE
ROOT_START = BOOT_START + BOOT_SIZE
SPARE = 600 * MEGABYTE
"""Room on the root until it grows to its card at the first start."""
COMMAND_LINE = f"console=tty1 root=PARTUUID={SIGNATURE}-02 rootfstype=ext4 fsck.repair=yes rootwait net.ifnames=0"
NAME = "name.txt"
_HERE = Path(__file__).parent
_UNIT = "etc/systemd/system/first-start.service"


@dataclass(frozen=True)
class Recipe:
    """What goes onto a card."""

    key: str
    """The technician's public key: one line."""
    architecture: str = "arm64"
    suite: str = "bookworm"
    user: str = "technician"
    packages: Sequence[str] = ()
    """Debian packages besides the usual."""
    masked: Sequence[str] = ("apt-daily.timer", "apt-daily-upgrade.timer")
    files: Mapping[str, str] = field(default_factory=dict)
    """Further files: text by path below the root."""
    early: Mapping[str, str] = field(default_factory=dict)
    """Such files that must be there before the packages are configured."""
    sources: Path | str = "http://deb.debian.org/debian"
    """A mirror, or a file of apt's sources."""
    command_line: str = COMMAND_LINE

    def all_packages(self) -> list[str]:
        """Every Debian package that is asked for."""
        return sorted({*PACKAGES, *KERNELS[self.architecture], *self.packages})

    def all_files(self) -> dict[str, str]:
        """The text of every file that is written, by its path below the root."""
        return {
            "etc/fstab": "LABEL=bootfs /boot/firmware vfat defaults 0 2\nLABEL=rootfs / ext4 defaults,noatime 0 1\n",
            "etc/hostname": "mirror\n",
            "etc/hosts": "127.0.0.1 localhost\n127.0.1.1 mirror\n",
            "etc/machine-id": "",
            "etc/systemd/network/wired.network": "[Match]\nName=e*\n[Network]\nDHCP=yes\nMulticastDNS=yes\n",
            "etc/systemd/resolved.conf.d/local.conf": "[Resolve]\nMulticastDNS=yes\n",
            f"etc/sudoers.d/{self.user}": f"{self.user} ALL=(ALL) NOPASSWD: ALL\n",
            "etc/ssh/sshd_config.d/keys.conf": "PasswordAuthentication no\nUseDNS no\n",
            "usr/local/sbin/first-start": (_HERE / "first-start").read_text(),
            _UNIT: (_HERE / "first-start.service").read_text(),
            **self.files,
        }


def make_root(recipe: Recipe, root: Path) -> None:
    """Fill ``root`` with Debian and its files, as both partitions will hold them."""
    hooks = [f'--essential-hook=mkdir -p "$(dirname "$1/{name}")"' for name in recipe.early]
    hooks += [f'--essential-hook=printf %b {text!r} > "$1/{name}"' for name, text in recipe.early.items()]
    words = ["mmdebstrap", "--quiet", "--variant=minbase", f"--architectures={recipe.architecture}"]
    words += ["--components=main,non-free-firmware", f"--include={','.join(recipe.all_packages())}", *hooks]
    _run(*words, recipe.suite, root, recipe.sources)
    _run("chroot", root, "useradd", "--create-home", "--shell", "/bin/bash", recipe.user)
    for name, text in recipe.all_files().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    resolver = root / "etc/resolv.conf"
    resolver.unlink(missing_ok=True)
    resolver.symlink_to("../run/systemd/resolve/stub-resolv.conf")
    (root / f"etc/sudoers.d/{recipe.user}").chmod(stat.S_IRUSR | stat.S_IRGRP)
    (root / "usr/local/sbin/first-start").chmod(0o755)
    ssh = root / "home" / recipe.user / ".ssh"
    ssh.mkdir()
    (ssh / "authorized_keys").write_text(f"{recipe.key.strip()}\n")
    _run("chroot", root, "chown", "-R", f"{recipe.user}:{recipe.user}", f"/home/{recipe.user}/.ssh")
    # Every card makes its own at its first start.
    for path in (root / "etc/ssh").glob("ssh_host_*"):
        path.unlink()
    if recipe.masked:
        _run("systemctl", f"--root={root}", "--quiet", "mask", *recipe.masked)
    _run("systemctl", f"--root={root}", "--quiet", "enable", "systemd-networkd", "systemd-timesyncd", "first-start")


def take_boot(recipe: Recipe, root: Path, boot: Path) -> None:
    """Take what the firmware reads out of ``root`` into the folder ``boot``."""
    boot.mkdir()
    (root / "boot/firmware").mkdir(exist_ok=True)
    for path in sorted((root / "boot/firmware").iterdir()):
        shutil.move(path, boot / path.name)
    if not any(boot.iterdir()):
        # An emulator is its own firmware.
        for name, pattern in (("kernel", "vmlinuz-*"), ("ramdisk", "initrd.img-*")):
            shutil.copy(sorted((root / "boot").glob(pattern))[-1], boot / name)
    (boot / "cmdline.txt").write_text(f"{recipe.command_line}\n")
    (boot / NAME).write_text("mirror\n")
    config = boot / "config.txt"
    text = config.read_text() if config.exists() else ""
    config.write_text(f"{text}\ndtoverlay=vc4-kms-v3d\n")
    defaults = root / "etc/default/raspi-firmware"
    if defaults.exists():
        # For the day on which a new kernel writes the command line anew.
        with defaults.open("a") as file:
            file.write(f"\nROOTPART=PARTUUID={SIGNATURE}-02\n")


def write_card(target: Path, root: Path, boot: Path, size: int = 0) -> Path:
    """Lay a card out with what these two folders hold; ``size`` in bytes, 0: as large as needed."""
    size = size or _needed(root)
    image = target.with_suffix(".boot")
    image.unlink(missing_ok=True)
    _run("mkfs.vfat", "-n", "bootfs", "-C", image, str(BOOT_SIZE // 1024))
    for path in sorted(boot.iterdir()):
        _run("mcopy", "-s", "-i", image, path, f"::{path.name}")
    with target.open("wb") as file:
        file.truncate(size)
        file.seek(BOOT_START)
        with image.open("rb") as partition:
            shutil.copyfileobj(partition, file, MEGABYTE)
    image.unlink()
    table = (
        f"label: dos\nlabel-id: 0x{SIGNATURE}\n"
        f"start={BOOT_START // 512}, size={BOOT_SIZE // 512}, type=c\nstart={ROOT_START // 512}, type=83\n"
    )
    subprocess.run(["sfdisk", "--quiet", target], input=table.encode(), check=True)  # noqa: S607 - on the path
    options = ["-q", "-F", "-t", "ext4", "-L", "rootfs", "-d", root, "-E", f"offset={ROOT_START}"]
    _run("mke2fs", *options, target, f"{(size - ROOT_START) // 1024}k")
    return target


def _needed(root: Path) -> int:
    """Bytes of a card that holds this root."""
    used = sum(path.lstat().st_blocks * 512 for path in root.rglob("*"))
    return (ROOT_START + used * 11 // 10 + SPARE) // (4 * MEGABYTE) * (4 * MEGABYTE)


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True)


def main() -> int:
    """Make a card as the command line asks."""
    parser = argparse.ArgumentParser(description="Makes a card for a Pi: a file for any tool that writes cards.")
    parser.add_argument("card", type=Path, help="file to write, such as card.img")
    parser.add_argument("--key", type=Path, required=True, help="your public SSH key; no password opens the device")
    parser.add_argument(
        "--architecture", choices=sorted(KERNELS), default="arm64", help="amd64 is for emulators and PCs"
    )
    parser.add_argument("--suite", default="bookworm", help="Debian's release (bookworm)")
    parser.add_argument("--mirror", default=Recipe.sources, help="Debian's mirror, or a file of apt's sources")
    args = parser.parse_args()
    native = args.architecture == "amd64" or platform.machine() == "aarch64"
    programs = PROGRAMS | ({} if native else FOREIGN)
    if missing := [package for program, package in programs.items() if shutil.which(program) is None]:
        print(f"not installed: sudo apt install {' '.join(missing)}", file=sys.stderr)
        return 2
    try:
        key = args.key.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        print(f"{args.key}: cannot be read ({reason}); name the file of your key that ends with .pub", file=sys.stderr)
        return 2
    if not args.card.resolve().parent.is_dir():
        print(f"{args.card}: there is no such folder; make it, or choose another", file=sys.stderr)
        return 2
    if not key.startswith(("ssh-", "ecdsa-", "sk-")):
        print(f"{args.key} is no public key; name the file that ends with .pub", file=sys.stderr)
        return 2
    recipe = Recipe(key, architecture=args.architecture, suite=args.suite, sources=args.mirror)
    if args.architecture == "amd64":
        recipe = dataclasses.replace(recipe, command_line=f"console=ttyS0 {recipe.command_line}")
    try:
        with tempfile.TemporaryDirectory(dir=args.card.resolve().parent) as name:
            root, boot = Path(name, "root"), Path(name, "boot")
            make_root(recipe, root)
            take_boot(recipe, root, boot)
            write_card(args.card, root, boot)
    except subprocess.CalledProcessError as error:
        print(f"{error.cmd[0]} failed; what it printed above says why", file=sys.stderr)
        return 1
    print(f"{args.card}: write it to every card, then put each device's name into {NAME} on its first partition")
    return 0


if __name__ == "__main__":
    sys.exit(main())
