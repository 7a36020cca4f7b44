"""Runs the daemon with a camera that does what a file says, and tells in shared memory what comes on screen.

``python -m tests.faults.faulty FOLDER run …``: ``FOLDER/control.json`` says how the camera is (``{"camera": "ok",
"fps": 20}``) and by how many seconds the wall clock is off; ``FOLDER/screen`` counts what is shown, as `SCREEN` says,
and ``FOLDER/times`` how long it took.
"""

import json
import math
import mmap
import os
import signal
import struct
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

SCREEN: Final = struct.Struct("<QQQQ")
"""How often a picture, a card and blackness were shown, and how often the picture was another than before."""
TIMES: Final = 8192
"""``FOLDER/times`` is a ring of so many of the last frames: the seconds from picture to picture, and the seconds of the
processor that the loop's thread took for it (float32)."""


class Control:
    """What the file says now; looked at anew for each frame."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "control.json"

    def __call__(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self._path.read_text())
        return said


class FaultyCamera:
    """A drawn camera with the faults of real ones."""

    def __init__(self, control: Control, size: tuple[int, int], timeout: float) -> None:
        self.name = "faulty camera"
        self.hung = False
        self._control = control
        self._size = size
        self._timeout = timeout
        self._sequence = 0
        self._due = 0.0
        self._scene: Any = None
        self._hoard = bytearray()

    def _obey(self, where: str) -> str:
        from installation.errors import CameraMissing

        how = str(self._control()["camera"])
        while how == f"hang in {where}":
            time.sleep(0.05)
            how = str(self._control()["camera"])
        if how == "crash":
            os.abort()
        if how == "absent":
            raise CameraMissing("there is no camera; connect one")
        return how

    def open(self) -> None:
        self._obey("open")
        self._sequence = 0

    def read(self) -> Any:
        from installation.frame import Frame

        how = self._obey("read")
        if hoard := int(self._control().get("hoard", 0)):
            self._hoard = bytearray(os.urandom(1 << 20) * hoard)
        interval = 1 / float(self._control().get("fps", 20))
        now = time.monotonic()
        self._due = max(self._due + interval, now - interval)
        time.sleep(max(0.0, self._due - now))
        self._sequence += 1
        return Frame(self._pixels(how), time.monotonic(), self._sequence - 1)

    def _pixels(self, how: str) -> Any:
        height, width = self._size
        # Drawn once and moved a little with each frame: noise would be a strobe, which the screen slows down.
        if self._scene is None or self._scene.shape[:2] != (height, width):
            rough = np.random.default_rng(1).integers(60, 200, (height // 16, width // 16, 3))
            self._scene = rough.astype(np.uint8).repeat(16, 0).repeat(16, 1)
        pixels = np.roll(self._scene, self._sequence, 1)
        if how == "black":
            pixels[:] = 0
        elif how == "white":
            pixels[:] = 255
        elif how == "torn":
            pixels[height // 2 :] = 0
        elif how == "wrong size":
            pixels = pixels[: height // 2, : width // 3].copy()
        return pixels

    def resize(self, size: tuple[int, int]) -> None:
        self._size = size

    def close(self) -> None:
        self._obey("close")


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the daemon's own code takes over
    folder = Path(sys.argv[1])
    control = Control(folder)

    from installation import camera, cli
    from installation.display.headless import HeadlessDisplay
    from installation.mirror import assembly
    from installation.service import clock, health

    def make_camera(source: str, settings: Any, size: Any, **more: Any) -> Any:
        return (
            camera.make_camera(source, settings, size, **more)
            if source.startswith("video:")
            else FaultyCamera(control, size, settings.timeout)
        )

    vars(assembly)["make_camera"] = make_camera
    vars(health)["temperature"] = lambda: control().get("temperature")
    vars(health)["throttled"] = lambda: control().get("throttled")
    load = assembly.make_governor

    def make_governor(*parts: Any) -> Any:
        time.sleep(float(control().get("assembly", 0)))
        return load(*parts)

    vars(assembly)["make_governor"] = make_governor

    with (folder / "screen").open("r+b") as file:
        screen = mmap.mmap(file.fileno(), SCREEN.size)
    times = np.memmap(folder / "times", np.float32, "r+", shape=(TIMES, 2))
    show = HeadlessDisplay.show

    last = [0]
    at = [math.nan, math.nan]

    def shown(self: HeadlessDisplay, view: Any) -> None:
        pictures, cards, black, fresh = SCREEN.unpack_from(screen)
        before, at[:] = tuple(at), (time.monotonic(), time.thread_time())
        if view.picture is None:
            at[:] = (math.nan, math.nan)
        elif not math.isnan(before[0]):
            times[pictures % TIMES] = at[0] - before[0], at[1] - before[1]
        if view.picture is not None:
            pictures, sample = pictures + 1, hash(view.picture[::8, ::8].tobytes())
            fresh += sample != last[0]
            last[0] = sample
        elif view.card is not None:
            cards += 1
        else:
            black += 1
        SCREEN.pack_into(screen, 0, pictures, cards, black, fresh)
        while control().get("display") == "stuck":
            time.sleep(0.05)
        show(self, view)

    HeadlessDisplay.show = shown  # type: ignore[method-assign]

    class Jumping(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(seconds=float(control().get("clock", 0)))

    vars(clock)["datetime"] = Jumping
    if control().get("clock"):
        real = time.time
        time.time = lambda: real() + float(control().get("clock", 0))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return cli.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
