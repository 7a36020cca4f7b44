"""The daemon as a process of its own, watched over as systemd does it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tests.faults.faulty import SCREEN, TIMES

ROOT: Final = Path(__file__).parents[2]


def allocation() -> dict[str, str]:
    """What the daemon's unit says to the C library about memory."""
    lines = (ROOT / "systemd" / "art-installation.service").read_text().splitlines()
    pairs = [pair for line in lines if line.startswith("Environment=") for pair in line.partition("=")[2].split()]
    return dict(pair.split("=", 1) for pair in pairs if pair.startswith("MALLOC_"))


def of_unit(key: str) -> float:
    """Seconds that the daemon's unit gives for this."""
    lines = (ROOT / "systemd" / "art-installation.service").read_text().splitlines()
    (value,) = [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]
    return float(value.removesuffix("ms")) / 1000 if value.endswith("ms") else float(value.removesuffix("s"))


WATCHDOG: Final = of_unit("WatchdogSec")
ABORT: Final = of_unit("TimeoutAbortSec")
PAUSE: Final = of_unit("RestartSec")
START: Final = 90.0
"""Seconds for a first start, which times the runtimes, on a busy machine."""


class Daemon:
    """``art-installation run`` with the faulty camera. ``settings`` are put over the harmless ones, group by group.

    Watched over (``watchdog`` seconds), it is ended when it does not say that it is alive, and started again whenever
    it ends, as its unit says.
    """

    def __init__(
        self,
        folder: Path,
        settings: dict[str, dict[str, Any]] | None = None,
        *,
        watchdog: float = 0.0,
        prefix: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.watchdog = watchdog
        self.starts = 0
        self.started = 0.0
        self.said: list[tuple[float, str]] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.prefix = tuple(prefix)
        (folder / "state").mkdir(parents=True)
        (folder / "run").mkdir()
        (folder / "screen").write_bytes(bytes(SCREEN.size))
        (folder / "times").write_bytes(bytes(TIMES * 8))
        self._control: dict[str, Any] = {"camera": "ok", "fps": 20}
        self.set()
        groups: dict[str, dict[str, Any]] = {
            "camera": {"timeout": 1.0, "fps": 20.0},
            "display": {"mode": "headless", "caption": False},
            "network": {"size": 192, "weights": "int8", "threads": 1},
            "broker": {"url": "none"},
            "show": {"attract": False},
            "paths": {"state": str(folder / "state")},
        }
        for name, keys in (settings or {}).items():
            groups[name] = {**groups.get(name, {}), **keys}
        self.config = folder / "settings.toml"
        self.configure(groups)
        self._alive_at = time.monotonic()
        self._ended = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self._socket.settimeout(0.1)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def configure(self, groups: dict[str, dict[str, Any]]) -> None:
        """Write the settings file."""
        self.groups = groups
        self.config.write_text(_toml(groups))

    def set(self, **control: Any) -> float:
        """Say how camera, clock and display are from now on; returns when."""
        self._control.update(control)
        part = self.folder / "control.part"
        part.write_text(json.dumps(self._control))
        part.replace(self.folder / "control.json")
        return time.monotonic()

    def start(self, *more: str) -> "Daemon":
        """Start it; it is not waited for."""
        environment = {
            **os.environ,
            "NOTIFY_SOCKET": str(self.folder / "notify"),
            "RUNTIME_DIRECTORY": str(self.folder / "run"),
            "PYTHONPATH": str(ROOT),
            "PYTHONFAULTHANDLER": "1",
            **allocation(),
        }
        if self.watchdog:
            environment["WATCHDOG_USEC"] = str(int(self.watchdog * 1e6))
        command = [
            *self.prefix,
            sys.executable,
            "-m",
            "tests.faults.faulty",
            str(self.folder),
            "run",
            "--config",
            str(self.config),
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([*command, *more], stdout=log, stderr=log, env=environment, cwd=ROOT)
        self.starts += 1
        self.started = time.monotonic()
        self._ready = False
        self._patience = self.watchdog
        self._alive_at = time.monotonic()
        return self

    def live(self, seconds: float = START) -> "Daemon":
        """Wait until it shows five more pictures."""
        self.more_pictures(5, seconds)
        return self

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def screen(self) -> tuple[int, int, int, int]:
        """How many pictures, cards and black screens were shown; how many pictures were new."""
        found = SCREEN.unpack((self.folder / "screen").read_bytes())
        return found[0], found[1], found[2], found[3]

    def until(self, condition: Callable[[], Any], seconds: float, what: str, since: float | None = None) -> float:
        """Wait; returns the seconds that it took, from ``since`` (now) on."""
        began = time.monotonic() if since is None else since
        while not condition():
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"{what} did not come true in {seconds:g} s: {self.screen()}\n{self.log[-3000:]}")
            time.sleep(0.02)
        return time.monotonic() - began

    def more_pictures(self, count: int = 3, seconds: float = 30.0, since: float | None = None) -> float:
        """Wait for so many more pictures; returns the seconds."""
        before = self.screen()[0]
        return self.until(lambda: self.screen()[0] >= before + count, seconds, "pictures", since)

    def card(self, seconds: float = 30.0, since: float | None = None) -> float:
        """Wait for a card; returns the seconds."""
        before = self.screen()[1]
        return self.until(lambda: self.screen()[1] > before, seconds, "a card", since)

    def rate(self, seconds: float = 3.0) -> float:
        """New pictures a second, over so long."""
        began, before = time.monotonic(), self.screen()[3]
        time.sleep(seconds)
        return (self.screen()[3] - before) / (time.monotonic() - began)

    def health(self) -> dict[str, Any]:
        """The last health report."""
        with contextlib.suppress(OSError, ValueError):
            found: dict[str, Any] = json.loads((self.folder / "run" / "health.json").read_text())
            return found
        return {}

    def times(self) -> NDArray[np.float32]:
        """Of the last frames: seconds from picture to picture, and of the processor, each above 0; frames × 2."""
        found = np.fromfile(self.folder / "times", np.float32).reshape(-1, 2)
        return found[found[:, 1] > 0]

    def threads(self) -> int:
        """The fewest at several moments: some live for an instant."""
        counts = []
        for _ in range(20):
            counts.append(len(list(Path(f"/proc/{self.pid}/task").iterdir())))
            time.sleep(0.1)
        return min(counts)

    def signal(self, sign: int) -> float:
        """Send a signal; returns when."""
        os.kill(self.pid, sign)
        return time.monotonic()

    def wait(self, seconds: float = 20.0) -> int:
        """Wait for its end; returns the exit status."""
        assert self.process is not None
        return self.process.wait(seconds)

    def ends(self, at: float, seconds: float = 60.0) -> tuple[int, float]:
        """Wait for its end; returns the status, and the seconds since ``at``, without those given to others."""
        assert self.process is not None
        before = waited = _starved(self.pid)
        while (status := self.process.poll()) is None:
            assert time.monotonic() < at + seconds, "it does not end"
            waited = max(waited, _starved(self.pid))
            time.sleep(0.005)
        return status, time.monotonic() - at - (waited - before)

    def end(self) -> None:
        """End it, whatever it does."""
        self._ended.set()
        self._listener.join(5)
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self._socket.close()

    def _listen(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                word = self._socket.recv(4096).decode()
                self.said.append((time.monotonic(), word))
                if word.startswith("WATCHDOG_USEC="):
                    self._patience = int(word.partition("=")[2]) / 1e6
                if word.startswith(("READY", "WATCHDOG")):
                    # Before the first READY the start has a time of its own.
                    self._ready, self._alive_at = self._ready or word.startswith("READY"), time.monotonic()
            if self.watchdog and self.process is not None:
                self._watch_over(self.process)

    def _watch_over(self, process: "subprocess.Popen[bytes]") -> None:
        if process.poll() is not None:
            if not self._ended.wait(PAUSE):
                self.start()
        elif self._ready and time.monotonic() - self._alive_at > self._patience:
            process.send_signal(signal.SIGABRT)
            try:
                process.wait(ABORT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _starved(pid: int) -> float:
    """Seconds that a process was ready to run while others did; 0 once it has ended, or where nobody counts."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def _toml(groups: dict[str, dict[str, Any]]) -> str:
    lines = []
    for group, keys in groups.items():
        lines.append(f"[{group}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"
