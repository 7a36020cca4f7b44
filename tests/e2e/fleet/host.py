"""One machine of the fleet: an overlay on the base image, booted by systemd-nspawn with systemd as its init."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .image import USER
from .namespaces import PREFIX, Port
from .shell import CommandFailed, run, until

BOOT = (
    "systemd-nspawn",
    "--quiet",
    "--register=no",
    "--keep-unit",
    "--resolv-conf=off",
    "--timezone=off",
    "--link-journal=no",
    # Without bpf, DeviceAllow= and IPAddressDeny= would silently not be enforced.
    "--system-call-filter=bpf",
    "--capability=CAP_BPF,CAP_NET_ADMIN",
    "--console=pipe",
    "--boot",
)
CGROUPS = tuple(Path("/sys/fs/cgroup") / name for name in ("systemd", "unified", "."))
SSH_OPTIONS = (
    *("-o", "StrictHostKeyChecking=no"),
    *("-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "LogLevel=ERROR"),
    *("-o", "ConnectTimeout=5"),
)


class Host:
    """A machine with a disk that outlives its boots; ``folder`` holds the disk, the key and the console's log."""

    def __init__(self, port: Port, image: Path, folder: Path, controller: Port, key: Path) -> None:
        self.port = port
        self.name = port.name
        self._controller = controller
        self._key = key
        self._root = folder / self.name / "root"
        self._upper = folder / self.name / "upper"
        self._work = folder / self.name / "work"
        self._image = image
        self._log = folder / self.name / "console.log"
        self._process: subprocess.Popen[bytes] | None = None
        for path in (self._root, self._upper, self._work):
            path.mkdir(parents=True)

    def mount(self) -> None:
        layers = f"lowerdir={self._image},upperdir={self._upper},workdir={self._work}"
        run(["mount", "-t", "overlay", self.port.namespace, "-o", layers, self._root])
        etc = self._root / "etc"
        (etc / "hostname").write_text(f"{self.name}\n")
        (etc / "hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {self.name}\n")
        ssh = self._root / "home" / USER / ".ssh"
        ssh.mkdir(exist_ok=True)
        (ssh / "authorized_keys").write_text(self._key.with_suffix(".pub").read_text())

    def boot(self) -> None:
        """Switch the machine on and wait until it answers."""
        words = [*BOOT, f"--machine={self.name}", f"--directory={self._root}"]
        words.append(f"--network-namespace-path={self.port.path}")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                preexec_fn=self._enter_cgroups,  # noqa: PLW1509 - single-threaded here, and only mkdir and write
            )
        until(f"{self.name} answers", lambda: self.ssh("echo up"), timeout=30)

    def ssh(self, command: str, timeout: float = 30.0, check: bool = True) -> str:
        """Run a shell command as root on the machine, over the network."""
        return run(
            self._controller.enter(
                [
                    "ssh",
                    *SSH_OPTIONS,
                    "-i",
                    self._key,
                    f"{USER}@{self.port.address}",
                    "sudo",
                    "sh",
                    "-c",
                    quote(command),
                ]
            ),
            timeout=timeout,
            check=check,
        )

    def path(self, name: str) -> Path:
        """A file of the machine, seen from outside."""
        return self._root / name.lstrip("/")

    def power_off(self) -> None:
        """Shut down in good order; pull the plug if that takes too long."""
        if self._process is None:
            return
        leader = self._process
        for wait in (10.0, 5.0):
            leader.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                leader.wait(wait)
                break
        self.power_cut()

    def power_cut(self) -> None:
        """Kill every process of the machine at once."""
        kill_all(self.port.namespace)
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            self._process = None
        remove_cgroups(self.port.namespace)

    def unmount(self) -> None:
        with contextlib.suppress(CommandFailed):
            run(["umount", "--recursive", "--lazy", self._root])

    def console(self, lines: int = 40) -> str:
        """The end of what the machine wrote to its console."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:]) if self._log.exists() else ""

    def _enter_cgroups(self) -> None:
        # Its own group in every hierarchy that systemd uses, or the machines' slices would overlap.
        for base in hierarchies():
            group = base / self.port.namespace
            group.mkdir(exist_ok=True)
            (group / "cgroup.procs").write_text(str(os.getpid()))


def hierarchies() -> list[Path]:
    """Where systemd keeps its groups: one folder, or two on a machine with both versions of cgroups."""
    return [base for base in CGROUPS if (base / "cgroup.procs").exists()][:2]


def kill_all(pattern: str, timeout: float = 10.0) -> None:
    """Kill whatever runs in the groups that match ``pattern``, until nothing does."""
    deadline = time.monotonic() + timeout
    while (pids := _pids(pattern)) and time.monotonic() < deadline:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def remove_cgroups(pattern: str) -> None:
    """Remove the groups that match ``pattern``, and all below them."""
    for group in (group for base in hierarchies() for group in base.glob(pattern)):
        for folder in (*sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True), group):
            with contextlib.suppress(OSError):
                folder.rmdir()


def remove_leftovers(folders: Path, prefix: str = PREFIX) -> None:
    """Clear away what a run that was killed has left: processes, groups, mounts and the folders that held them."""
    kill_all(f"{prefix}*")
    remove_cgroups(f"{prefix}*")
    for line in reversed(Path("/proc/mounts").read_text().splitlines()):
        device, place = line.split()[:2]
        if device.startswith(prefix):
            run(["umount", "--recursive", "--lazy", place], check=False)
    for folder in folders.glob(f"{prefix}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _pids(pattern: str) -> set[int]:
    found: set[int] = set()
    for procs in (procs for base in hierarchies() for procs in base.glob(f"{pattern}/**/cgroup.procs")):
        with contextlib.suppress(OSError):
            found.update(int(pid) for pid in procs.read_text().split())
    return found - {0, os.getpid()}


def ssh_key(folder: Path) -> Path:
    """A key for this run only."""
    path = folder / "key"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path])
    return path


def quote(command: str) -> str:
    """``command`` as one word of a shell."""
    return "'" + command.replace("'", "'\\''") + "'"
