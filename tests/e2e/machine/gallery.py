"""One emulated device and its hub, and what a test asks of them."""

import base64
import contextlib
import dataclasses
import fcntl
import functools
import io
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from installation.display.lettering import PAPER
from tests.e2e.fleet import ansible
from tests.e2e.fleet.ansible import Technician
from tests.e2e.fleet.fleet import PLACE, PLATFORM, SERVICE, Fleet
from tests.e2e.fleet.host import Host, remove_leftovers, ssh_key
from tests.e2e.fleet.image import USER, base_image
from tests.e2e.fleet.namespaces import NETWORK, make_network, remove_network
from tests.e2e.fleet.shell import CommandFailed, until

from .deployed import deployed_disk
from .disk import SUITE, base, write_disk
from .qemu import Machine, Picture, x86_64

PREFIX = "artmachine-"
PLATFORMS = {
    "bookworm": PLATFORM,
    "trixie": {"python": "3.13", "machine": "x86_64", "extras": [], "glibc": [*range(17, 42)]},
}
"""Which wheels a device needs, by its Debian's release."""
NAME = "pi1"
SCREEN = (960, 540)
CARD_CAMERA = "/sys/bus/platform/drivers/vivid"
SETTINGS: dict[str, Any] = {
    "camera": {"source": "webcam", "width": 320, "height": 180, "fps": 5.0},
    # Not sharpened: that would double what JPEG takes from the snapshot, to which the glass is compared.
    "display": {"mode": "fullscreen", "caption_seconds": 0.0, "sharpening": 0.0},
    "network": {"runtime": "litert", "weights": "int8", "threads": 1, "size": 192},
    "show": {"attract": False, "morph_seconds": 0.2, "style": "great-wave"},
    "broker": {"snapshot": True, "keepalive": 600},
}
"""One way to paint, so that nothing is timed; the smallest picture; a caption that stays."""
OTHER_SETTINGS = SETTINGS | {"show": SETTINGS["show"] | {"style": "scream"}}


_LETTERS, _FEW = 170, 0.0002
"""The grey of a console's letters, and the share of the screen that a short word of them takes."""
_UNTIL_IT_PAINTS = 45.0
"""Most seconds from power-on to a picture, on real hardware and by the host's clock."""
_NO_SCREEN_YET = (480, 640)
"""The size of what QEMU shows until the kernel has found the screen."""


@dataclass
class Gallery:
    """The device, switched on, and its hub."""

    fleet: Fleet
    machine: Machine
    inventory: Callable[..., None]
    """Write the technician's inventory, with these variables of the device besides."""
    glasses: dict[str, Picture] = field(default_factory=dict)
    """Pictures of the screen by the name of the moment."""
    kept: bool = False
    """Whether a moment is kept to begin at."""

    @property
    def technician(self) -> Technician:
        return self.fleet.technician

    @contextlib.contextmanager
    def bare(self) -> Iterator["Gallery"]:
        """Another device in the place of this one, on which nothing of the mirror is; then this one again."""
        self.machine.power_cut()
        folder = self.fleet.folder / "bare"
        folder.mkdir()
        disk = write_disk(folder / "disk.qcow2", base() / "root", base() / "boot")
        machine = self.machine.like(folder, disk)
        try:
            machine.power_on()
            yield dataclasses.replace(self, machine=machine)
        finally:
            machine.power_cut()
            shutil.rmtree(folder)
            self.machine.power_on()

    def begin(self) -> None:
        """Go to a moment at which it paints, the same each time, whatever was done to the device since."""
        if self.kept:
            self.machine.power_cut()
            self.machine.power_on(state="painting")
        self.wait_until_it_paints()
        if not self.kept:
            self.machine.keep("painting")
            self.kept = True

    def look(self, moment: str) -> Picture:
        """A picture of the screen, kept for the contact sheet."""
        self.glasses[moment] = self.machine.glass()
        return self.glasses[moment]

    def watch(self, moment: str, start: float, timeout: float = _UNTIL_IT_PAINTS) -> list[str]:
        """Look at the glass until the mirror paints on it; returns the moments at which a console was there.

        Of what is alike one picture is kept for the contact sheet, and every console. ``start`` is when the machine
        started, on the monotonic clock.
        """
        noisy = []
        before: Picture | None = None
        deadline = time.monotonic() + timeout * self.machine.patience
        while not self.paints():
            assert time.monotonic() < deadline, f"{moment}: nothing painted"
            glass, seconds = self.machine.glass(), time.monotonic() - start
            if not is_quiet(glass):
                noisy.append(f"{moment}, {seconds:.0f} s")
            if not is_quiet(glass) or before is None or before.shape != glass.shape or (before != glass).any():
                self.glasses[f"{moment}, {seconds:.0f} s"] = before = glass
            time.sleep(1)
        return noisy

    def health(self) -> dict[str, Any]:
        """The last health report; empty if there is none."""
        return self.fleet.health(NAME)

    def status(self) -> str:
        """What the mirror tells systemd of itself."""
        return self.machine.ssh(f"systemctl show --value --property=StatusText {SERVICE}", check=False).strip()

    def main_pid(self) -> int:
        """The daemon's process; 0 where there is none."""
        return int(self.machine.ssh(f"systemctl show --value --property=MainPID {SERVICE}", check=False).strip() or 0)

    def paints(self) -> bool:
        """Whether frames of its camera reach its screen: by its own word, and what is on the glass is no card."""
        with contextlib.suppress(CommandFailed):
            return is_picture(self.machine.glass()) and "camera ok" in self.status()  # looking costs the device nothing
        return False

    def wait_until_it_paints(self, since: float = 0.0) -> float:
        """Wait for a painted picture on the glass; returns the seconds since then, at first power-on, by its clock."""
        until("it paints", self.paints, _UNTIL_IT_PAINTS * self.machine.patience, pause=2.0)
        return self.machine.clock() - since

    def play(self, name: str, *options: str) -> ansible.Recap:
        """Run a playbook, with the patience that an emulated machine needs."""
        self.let_ansible_through()
        return self.technician.play(name, *options, timeout=2400)

    def let_ansible_through(self) -> None:
        """Put the painting last until the mirror's next start: it leaves a single processor to nobody else."""
        group = f"$(ps -o pgid= -p $(systemctl show --value --property=MainPID {SERVICE}))"
        self.machine.ssh(
            f"renice -n 10 -g {group}; systemctl set-property --runtime {SERVICE} CPUWeight=50", check=False
        )

    def hold(self) -> None:
        """Hold the picture by the keyboard's space bar.

        On a machine that is this slow a press may fall on a card between two pictures, which is not held.
        """
        until("the picture is held", functools.partial(self._rests_once_pressed, True), 60 * self.machine.patience)

    def let_go(self) -> None:
        """Go on painting after `hold`."""
        until("it paints on", functools.partial(self._rests_once_pressed, False), 60 * self.machine.patience)

    def _rests_once_pressed(self, resting: bool) -> bool:
        self.machine.press("spc")
        self.machine.rest(5)
        glass = self.machine.glass()
        self.machine.rest(4)
        return bool((glass == self.machine.glass()).all()) == resting and is_picture(glass)

    def snapshot(self) -> Picture:
        """The picture that the mirror says is on its screen, without caption, as it was painted."""
        topic = f"art-installation/{NAME}"
        wait = int(10 * self.machine.patience)
        client = "XDG_CONFIG_HOME=/etc/art-installation-hub/client"
        answer = self.fleet.hub.ssh(
            f"({client} mosquitto_sub -W {wait} -C 1 -t {topic}/response/snapshot > /tmp/answer) & sleep 1;"
            f' {client} mosquitto_pub -q 1 -t {topic}/request/snapshot -m \'{{"transaction":"x"}}\'; wait;'
            " cat /tmp/answer",
            timeout=wait + 10,
        )
        data = json.loads(answer)["data"]
        text = next(value for value in data.values() if isinstance(value, str) and len(value) > 1000)
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB"))


def is_card(glass: Picture) -> bool:
    """Whether a label of paper hangs in the middle of a screen, as holding cards do."""
    height, width = glass.shape[:2]
    middle = glass[height * 45 // 100 : height * 55 // 100, width * 45 // 100 : width * 55 // 100].astype(int)
    return bool((np.abs(middle - PAPER).max(axis=2) < 24).mean() > 0.5)


def is_picture(glass: Picture) -> bool:
    """Whether a screen shows something painted: colours all over it, unlike a console or nothing; and no card."""
    if is_card(glass):
        return False
    small = np.asarray(Image.fromarray(glass).resize((96, 54), Image.Resampling.BOX)).reshape(-1, 3)
    dominant = np.unique(small // 32, axis=0, return_counts=True)[1].max()
    return bool(dominant < 0.6 * len(small) and small.std() > 15)


def is_dark(glass: Picture) -> bool:
    """Whether nothing at all is on a screen."""
    return bool(glass.max() <= 8)


def is_quiet(glass: Picture) -> bool:
    """Whether a screen shows no console: nothing, a card, a picture, or QEMU's own word before there is a screen."""
    letters = (glass == _LETTERS).all(axis=2).mean()
    return bool(letters < _FEW) or is_picture(glass) or glass.shape[:2] == _NO_SCREEN_YET


@contextlib.contextmanager
def opened() -> Iterator[Gallery]:
    """Build it all and switch it on; whatever happens, nothing of it is left."""
    with contextlib.ExitStack() as undo:
        lock = undo.enter_context(Path(tempfile.gettempdir(), "artmachine.lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_leftovers(PLACE, PREFIX)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=PLACE))
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        ports = make_network(("controller", "hub1", NAME), PREFIX)
        undo.callback(remove_network, PREFIX)
        hub_key = ssh_key(folder)
        technician = Technician(folder / "inventory/hosts.yml", folder, ports["controller"].enter)
        # Side by side: the device's card, and what the hub and the release are made of.
        with ThreadPoolExecutor(1) as beside:
            card = beside.submit(x86_64)
            hub = Host(ports["hub1"], base_image(), folder, ports["controller"], hub_key)
            fleet = Fleet(folder, ports["controller"], hub, (), technician)
            fleet.release("0.1.0", collect=True, platform=PLATFORMS[SUITE])
        platform = card.result()
        undo.callback(hub.unmount)
        hub.mount()
        undo.callback(hub.power_off)
        hub.boot()
        inventory = functools.partial(write_inventory, fleet, hub_key, ports[NAME].address)

        def deploy() -> None:
            inventory(kiosk_reboot=False)
            technician.play("site", timeout=900)  # half a minute on a quiet host

        disk = deployed_disk(folder / "disk.qcow2", folder, ports[NAME], ports["controller"], deploy)
        inventory()
        machine = Machine(platform, folder / "machine", disk, base() / "key", ports[NAME], ports["controller"])
        undo.callback(machine.power_cut)
        machine.power_on()
        yield Gallery(fleet, machine, inventory)


def write_inventory(fleet: Fleet, hub_key: Path, address: str, **more: Any) -> None:
    """The technician's inventory of one device and its hub; ``more`` is laid over the device's variables."""
    hosts: dict[str, dict[str, object]] = {
        "hub1": {"ansible_host": fleet.hub.port.address, "ansible_ssh_private_key_file": str(hub_key)},
        NAME: {
            "ansible_host": address,
            "ansible_ssh_private_key_file": str(base() / "key"),
            "installation_name": "Foyer",
            "kiosk_hdmi_mode": f"Virtual-1:{SCREEN[0]}x{SCREEN[1]}",
            "kiosk_reboot_timeout": int(60 * x86_64().patience),
            **more,
        },
    }
    shared = {
        "ansible_user": USER,
        "ansible_timeout": int(10 * x86_64().patience),
        "installation_wheelhouse": str(fleet.wheelhouse),
        "installation_settings": SETTINGS,
        "installation_group": "foyer",
        "installation_min_fps": 0.3,
        "installation_health_retries": 60,
        "installation_page_url": f"http://{fleet.hub.port.address}/",
        "hub_trusted_networks": [f"{NETWORK}.0/24"],
        "update_batches": 1,
    }
    ansible.write_inventory(fleet.folder / "inventory/hosts.yml", hosts, shared)
