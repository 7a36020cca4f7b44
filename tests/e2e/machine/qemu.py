"""One emulated device: QEMU with a screen, a camera, a watchdog, and a disk that outlives it.

What a Pi's firmware does is done here: whenever the machine is switched on or was reset, the kernel and its command
line are read from the boot partition, so that what the kiosk role writes there counts at the next boot.
"""

import contextlib
import functools
import json
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.e2e.fleet.host import SSH_OPTIONS, quote
from tests.e2e.fleet.image import USER
from tests.e2e.fleet.namespaces import Port
from tests.e2e.fleet.shell import CommandFailed, run, until

from .disk import base, read_boot

_NEEDLESS = (
    *("ata_generic", "ata_piix", "cfg80211", "configfs", "dm_mod", "efi_pstore", "floppy", "fuse", "i2c_piix4"),
    *("loop", "pcspkr", "psmouse", "serio_raw"),
)
_KVM_PROBE = 10.0
"""Seconds in which a kernel that boots by KVM has long said something."""
_COUNTER, _TICK = 0xFED000F0, 1e-8
"""Where a PC's event timer (HPET) counts, in 64 bits, and the seconds of one count."""

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Platform:
    """The emulated hardware, and how much longer than on real hardware everything takes."""

    program: str
    options: tuple[str, ...]
    patience: float
    command_line: str = ""
    """Words for the kernel that only emulation needs."""


@functools.cache
def x86_64() -> Platform:
    """A PC; by KVM where Debian's kernel really boots there, else translated (TCG)."""
    kvm = _kvm_boots()
    # Its clock counts instructions, so no limit inside the machine depends on what else the host does. Two virtual
    # processors would spin while they wait for each other, on a busy host for minutes.
    translated = ("-accel", "tcg,thread=single", "-cpu", "Nehalem", "-smp", "1", "-icount", "shift=2,sleep=on")
    accelerated = ("-accel", "kvm", "-cpu", "host", "-smp", "2") if kvm else translated
    return Platform(
        "qemu-system-x86_64",
        ("-machine", "pc", *accelerated, "-m", "1536"),
        patience=1.0 if kvm else 20.0,
        # An emulated processor makes no guesses to be guarded: the guards double the cost of a system call. And each
        # driver that nobody needs takes it a second or more to load.
        command_line=f"mitigations=off modprobe.blacklist={','.join(_NEEDLESS)}",
    )


@dataclass
class Power:
    """One time between switching on, or a reset, and the next."""

    since: float
    ended: str = ""
    """Why it ended: ``guest-reset``, ``guest-shutdown``, ``cut``; empty while it lasts."""
    watchdog: bool = False
    """Whether the hardware watchdog ran out."""


class Machine:
    """A device, plugged into ``port``; a technician at the port ``controller`` reaches it."""

    def __init__(
        self,
        platform: Platform,
        folder: Path,
        disk: Path,
        key: Path,
        port: Port,
        controller: Port,
    ) -> None:
        self.platform = platform
        self.disk = disk
        self.powers: list[Power] = []
        self._folder = folder
        self._key = key
        self._port = port
        self._controller = controller
        self._options: tuple[str, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        self._stays_off = threading.Event()
        self._supervisor: threading.Thread | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def patience(self) -> float:
        """What to multiply a wait with that was measured on real hardware."""
        return self.platform.patience

    def like(self, folder: Path, disk: Path) -> "Machine":
        """Another machine with this disk, plugged in where this one is; one of the two must be off."""
        return Machine(self.platform, folder, disk, self._key, self._port, self._controller)

    def power_on(self, *options: str, state: str = "") -> None:
        """Switch on, with these further options of QEMU; from then on a reset starts the machine again.

        With ``state`` there is no boot: it goes on from that moment, its disk included.
        """
        self._options = options
        self._stays_off.clear()
        self._start(*(("-loadvm", state) if state else ()))
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._supervisor.start()

    def keep(self, state: str) -> None:
        """Keep this moment under a name, memory and disk, to go on from it later."""
        answer = self.monitor("human-monitor-command", **{"command-line": f"savevm {state}"})
        assert not answer, answer

    def power_cut(self) -> None:
        """Pull the plug."""
        self._stays_off.set()
        # The supervisor may be starting the machine anew just now: only once it has ended nothing comes after.
        while (watched := self._supervisor is not None and self._supervisor.is_alive()) or self._is_on():
            if self._process is not None and self._is_on():
                self._process.kill()
                self._process.wait(20)
            if watched and self._supervisor is not None:
                self._supervisor.join(0.2)
        self._process = self._supervisor = None
        if self.powers and not self.powers[-1].ended:
            self.powers[-1].ended = "cut"

    def wait_for_ssh(self, timeout: float = 20.0) -> None:
        """Wait until the machine lets a technician in."""
        until("the machine answers", lambda: self.ssh("echo up", timeout=20), timeout * self.patience, pause=1.0)

    def ssh(self, command: str, timeout: float = 60.0, check: bool = True) -> str:
        """Run a shell command as root on the machine."""
        words = ["ssh", *self._access(), f"{USER}@{self._port.address}", "sudo", "sh", "-c", quote(command)]
        return run(self._controller.enter(words), timeout=max(timeout, 15 * self.patience), check=check)

    def send(self, source: Path, name: str) -> None:
        """Copy a file or a folder to this name in the technician's own folder."""
        words = ["scp", "-qr", *self._access(), source, f"{USER}@{self._port.address}:{name}"]
        run(self._controller.enter(words), timeout=60 * self.patience)

    def clock(self) -> float:
        """Seconds since its kernel started, by its own clock, which stands still while the host is busy.

        Read from its hardware, so that looking takes the machine no time.
        """
        answer = self.monitor("human-monitor-command", **{"command-line": f"xp /2wx {_COUNTER:#x}"})
        low, high = (int(word, 16) for word in answer.partition(":")[2].split())
        return (high << 32 | low) * _TICK

    def rest(self, seconds: float) -> None:
        """Let so much time of its own pass."""
        self.ssh(f"sleep {seconds}", timeout=60 + seconds * self.patience)

    def glass(self) -> Picture:
        """What is on the screen now: uint8 ``[height, width, 3]``."""
        target = self._folder / "glass.ppm"
        self.monitor("screendump", filename=str(target))
        return np.asarray(Image.open(target).convert("RGB"))

    def press(self, key: str) -> None:
        """Press a key of the machine's own keyboard, by QEMU's name for it."""
        self.monitor("send-key", keys=[{"type": "qcode", "data": key}])

    def monitor(self, command: str, **arguments: object) -> Any:
        """Give QEMU's monitor a command; returns its answer."""
        with conversation(self._folder / "monitor") as stream:
            return _ask(stream, command, **arguments)

    def console(self, lines: int = 40) -> str:
        """The end of what came out of the serial port."""
        log = self._folder / "console.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def resets(self) -> int:
        """How often the machine was reset, by itself or by its watchdog, since it was made."""
        # The last one is on, or about to be started anew: a reset counts once the machine is on again.
        return sum(power.ended == "guest-reset" for power in self.powers[:-1])

    def _access(self) -> list[object]:
        """What ssh and scp need. One connection for all: its handshake costs an emulated machine seconds."""
        shared = (
            *("ControlMaster=auto", f"ControlPath={self._folder / 'ssh'}"),
            *("ControlPersist=10m", "ConnectTimeout=15"),
        )
        return [*(word for option in shared for word in ("-o", option)), *SSH_OPTIONS, "-i", self._key]

    def _is_on(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _start(self, *more: str) -> None:
        folder = self._folder
        kernel, ramdisk, words_file = read_boot(self.disk, folder, "kernel", "ramdisk", "cmdline.txt")
        command_line = words_file.read_text().strip()
        for name in ("monitor", "events", "ssh"):
            (folder / name).unlink(missing_ok=True)
        devices = ("virtio-gpu-pci,xres=1280,yres=720", "virtio-keyboard-pci", "virtio-rng-pci", "i6300esb")
        words = [
            # Whoever kills the tests kills it too.
            *("setpriv", "--pdeathsig", "KILL"),
            *(self.platform.program, *self.platform.options, "-nodefaults", "-display", "none"),
            *("-kernel", kernel, "-initrd", ramdisk, "-append", f"{command_line} {self.platform.command_line}"),
            *("-drive", f"file={self.disk},if=virtio,format=qcow2"),
            *(
                "-netdev",
                f"user,id=net,hostfwd=tcp:{self._port.address}:22-:22",
                "-device",
                "virtio-net-pci,netdev=net",
            ),
            *(word for device in devices for word in ("-device", device)),
            *("-action", "watchdog=reset,reboot=shutdown"),
            *("-chardev", f"file,id=serial,path={folder / 'console.log'},append=on", "-serial", "chardev:serial"),
            *(word for name in ("monitor", "events") for word in ("-qmp", f"unix:{folder / name},server=on,wait=off")),
            *self._options,
            *more,
        ]
        with (folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(word) for word in self._port.enter(words)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.powers.append(Power(time.monotonic()))

    def _supervise(self) -> None:
        """Note why each power ends; after a reset, do the firmware's work again."""
        while not self._stays_off.is_set() and (process := self._process) is not None:
            power = self.powers[-1]
            with contextlib.suppress(CommandFailed):
                self._listen(power)
            process.wait()
            if self._stays_off.is_set() or power.ended != "guest-reset":
                return
            self._start()

    def _listen(self, power: Power) -> None:
        with conversation(self._folder / "events") as stream:
            for line in stream:
                event = json.loads(line)
                if event.get("event") == "WATCHDOG":
                    power.watchdog = True
                if event.get("event") == "SHUTDOWN":
                    power.ended = event["data"]["reason"]


@contextlib.contextmanager
def conversation(path: Path) -> Iterator[Any]:
    """A conversation with QEMU's monitor.

    Raises:
        CommandFailed: QEMU is gone, or was not there within twenty seconds.
    """
    try:
        with _connected(path) as connection, connection.makefile("rw") as stream:
            stream.readline()
            _ask(stream, "qmp_capabilities")
            yield stream
    except (OSError, json.JSONDecodeError) as error:
        raise CommandFailed(f"{path.name}: QEMU is gone ({error})") from None


@contextlib.contextmanager
def _connected(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as connection:
        deadline = time.monotonic() + 20
        while True:
            try:
                connection.connect(str(path))
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield connection


def _ask(stream: Any, command: str, **arguments: object) -> Any:
    stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    stream.flush()
    for line in stream:
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"{command}: {answer['error']['desc']}")
        if "return" in answer:
            return answer["return"]
    raise CommandFailed(f"{command}: QEMU is gone")


def _kvm_boots() -> bool:
    """Whether a kernel gets as far as its first message by KVM: on some hosts it hangs behind its boot stub."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kernel = base() / "boot/kernel"
        words = ["qemu-system-x86_64", "-machine", "pc", "-accel", "kvm", "-cpu", "host", "-m", "512", "-nodefaults"]
        words += ["-display", "none", "-kernel", str(kernel), "-append", "console=ttyS0 panic=-1"]
        words += ["-no-reboot", "-serial", f"file:{folder / 'serial'}"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(words, check=False, timeout=_KVM_PROBE, stdin=subprocess.DEVNULL, capture_output=True)
        return (folder / "serial").exists() and b"Linux version" in (folder / "serial").read_bytes()
