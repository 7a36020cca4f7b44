"""The plug, pulled in the middle of something, and what must hold when it is in again."""

import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.fleet.shell import run, until

from .disk import examined_root
from .gallery import NAME, Gallery

RELEASE = "/opt/art-installation/current"
TOOL = f"{RELEASE}/venv/bin/art-installation"
_HEADLESS = (
    *("--camera", "synthetic", "--display", "headless", "--broker", "none"),
    *("--frames", "3", "--report", "/tmp/report.json"),  # noqa: S108 - on a copy of the device's disk
)
# What the daemon does once in its life, without a pause: it stores how long the network takes.
_SAVING = (
    "from pathlib import Path; from installation.network.tuning_cache import TuningCache, TuningKey;"
    "cache = TuningCache(Path('/var/lib/art-installation'));"
    "keys = [TuningKey.here('0' * 64, 8 * n, ()) for n in range(1, 9)];"
    "[cache.put(key, None, ()) for _ in range(1000000) for key in keys]"
)


@dataclass
class PowerCuts:
    """Cuts of one device's power. After each, what is left on its disk is examined; the device stays off."""

    gallery: Gallery
    folder: Path
    note: Callable[[str], None]
    chance: random.Random = field(default_factory=random.Random)

    def while_it_paints(self) -> None:
        self._wait(0, 20)
        self._cut("painting")

    def while_it_boots(self) -> None:
        """The moment is one of the host's clock."""
        self.gallery.machine.power_cut()
        self.gallery.machine.power_on()
        self._cut(f"{self._wait(2, 5 * self.gallery.machine.patience):.0f} s into a boot")

    def in_the_middle_of(self, name: str, tasks: int = 40, **changes: object) -> None:
        """While a playbook runs that changes something, in one of its first so many tasks."""
        log = self.gallery.fleet.folder / "begun.log"
        before = len(log.read_text()) if log.exists() else 0
        wanted = self.chance.randint(4, tasks)

        def begun() -> list[str]:
            return re.findall(r"^TASK \[(.+?)\]", log.read_text()[before:], flags=re.MULTILINE)

        self.gallery.let_ansible_through()
        with self.gallery.technician.begin(name, f"--limit={NAME}", **changes) as playing:
            patience = 60 * self.gallery.machine.patience
            until("that task", lambda: len(begun()) >= wanted or playing.poll() is not None, patience)
            self._wait(0, 5)
            self.gallery.machine.power_cut()
            ended = playing.poll() is not None
            playing.kill()
        self._cut(f"{name}.yml, {'after its end' if ended else f'“{begun()[-1]}”'}")

    def while_state_is_saved(self) -> None:
        words = f"runuser -u art-installation -- {RELEASE}/venv/bin/python -c"
        self.gallery.machine.ssh(f'nohup {words} "{_SAVING}" >/dev/null 2>&1 & sleep 5')
        self._wait(0, 10)
        self._cut("state being saved")

    def _cut(self, moment: str) -> None:
        self.gallery.machine.power_cut()
        with examined_root(self.gallery.machine.disk, self.folder) as root:
            version = (root / RELEASE.lstrip("/")).readlink().name
            self.note(f"{moment}: {version}")
            assert_whole(root)

    def _wait(self, least: float, most: float) -> float:
        seconds = self.chance.uniform(least, most)
        time.sleep(seconds)
        return seconds


def assert_whole(root: Path) -> None:
    """What is on a disk that lost its power: settings and styles that are accepted, and a release that paints.

    No file of the mirror is half-written, but what it removes itself at its next start.
    """
    inside = ("unshare", "--mount", "--net", "--pid", "--fork", f"--mount-proc={root}/proc", "chroot", root)
    settings = "/etc/art-installation/settings.toml"
    run([*inside, TOOL, "check-config", settings])
    run([*inside, TOOL, "styles", "verify"], timeout=120)
    state = "STATE_DIRECTORY=/var/lib/art-installation"
    run([*inside, "env", state, TOOL, "run", "--config", settings, *_HEADLESS], timeout=120)
    assert json.loads((root / "tmp/report.json").read_text())["frames"] >= 1
    halves = [
        path
        for folder in ("etc/art-installation", "var/lib/art-installation")
        for path in (root / folder).rglob("*")
        if path.is_file() and (path.suffix == ".tmp" or path.stat().st_size == 0 or ".part" in path.name)
    ]
    assert not halves, f"half-written: {halves}"
