"""The screen's server that is not there at the start, goes and returns; the window that is closed."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.faults.daemon import WATCHDOG, Daemon
from tests.faults.record import Fault

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not all(map(shutil.which, ("Xvfb", "import", "xdotool"))), reason="needs Xvfb, ImageMagick and xdotool"
    ),
]

BACK = 5.0
"""Seconds from the screen's return to the picture."""


class XServer:
    """A virtual screen of 800×600 with a number of its own."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.number = ""

    def start(self) -> None:
        read, write = os.pipe()
        words = ["Xvfb", *([f":{self.number}"] if self.number else []), "-displayfd", str(write)]
        self.process = subprocess.Popen(
            [*words, "-screen", "0", "800x600x24", "-nolisten", "tcp"], pass_fds=(write,), stderr=subprocess.DEVNULL
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            self.number = pipe.readline().strip()

    def end(self, sign: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(sign)
            self.process.wait(10)
            self.process = None

    def colours(self, folder: Path) -> int:
        """How many colours there are on the screen: a picture has many."""
        file = folder / "shot.png"
        done = subprocess.run(
            ["import", "-display", f":{self.number}", "-window", "root", file],
            check=False,
            timeout=30,
            capture_output=True,
        )
        if done.returncode:
            return 0
        pixels = np.asarray(Image.open(file).convert("RGB"))
        return len(np.unique(pixels[::8, ::8].reshape(-1, 3), axis=0))


@contextmanager
def x_server() -> Iterator[XServer]:
    one = XServer()
    one.start()
    try:
        yield one
    finally:
        one.end()


@pytest.fixture
def mirror(daemon: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch) -> Callable[[XServer], Daemon]:
    def make(screen: XServer) -> Daemon:
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
        monkeypatch.setenv("DISPLAY", f":{screen.number}")
        return daemon(settings={"display": {"mode": "fullscreen", "caption": False}}, watchdog=WATCHDOG)

    return make


def shows(screen: XServer, folder: Path) -> Callable[[], Any]:
    return lambda: screen.colours(folder) > 300


def test_a_screen_that_is_late_goes_and_returns(
    mirror: Callable[[XServer], Daemon], fault: Fault, tmp_path: Path
) -> None:
    fault.is_about("No X server for 25 s at the start; later it is killed for 12 s, and stopped in good order for 12 s")
    with x_server() as screen:
        screen.end()
        one = mirror(screen).start()
        time.sleep(25)
        assert one.starts == 1, one.log
        assert any(word.startswith("EXTEND_TIMEOUT_USEC=") for _, word in one.said)
        screen.start()
        fault.took("the picture at first", one.until(shows(screen, tmp_path), 60, "the picture"), BACK)
        for sign in (signal.SIGKILL, signal.SIGTERM):
            starts = one.starts
            screen.end(sign)
            time.sleep(12)
            screen.start()
            fault.took("the picture again", one.until(shows(screen, tmp_path), 60, "the picture"), BACK)
            assert one.starts == starts + 1, one.log
        assert "Traceback" not in one.log
    waits = [line for line in one.log.splitlines() if "waiting for the screen" in line]
    assert len(waits) <= 3, one.log
    fault.happened(
        f"waits for it, {len(waits)} lines in the log; Xlib ends the process that lost its server, once each"
    )


def test_a_window_that_is_closed(mirror: Callable[[XServer], Daemon], fault: Fault, tmp_path: Path) -> None:
    fault.is_about("The window is closed (XDestroyWindow), and its connection cut (XKillClient)")
    with x_server() as screen:
        one = mirror(screen).start()
        for how in ("windowclose", "windowkill"):
            one.until(shows(screen, tmp_path), 60, "the picture")
            starts, began = one.starts, time.monotonic()
            on_window(screen, how)
            one.until(lambda: one.starts > starts, 20, "a restart")  # noqa: B023 - waited for here
            fault.took("started again", time.monotonic() - began, BACK)
            fault.took("the picture again", one.until(shows(screen, tmp_path), 60, "the picture", began), 2 * BACK)
        assert "Traceback" not in one.log
        assert one.health().get("mode", "ok") == "ok"
    fault.happened("the mirror ends, and is started again")


def on_window(screen: XServer, how: str) -> None:
    """Do something with the last of all windows, which is ours."""
    to = {**os.environ, "DISPLAY": f":{screen.number}"}
    search = ["xdotool", "search", "--class", ".*"]
    found = subprocess.run(search, env=to, check=True, timeout=30, capture_output=True, text=True).stdout.split()
    subprocess.run(["xdotool", how, found[-1]], env=to, check=True, timeout=30)
