"""The fleet: a controller, a hub and two installations, and what a test asks of them."""

import contextlib
import fcntl
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import ansible
from .ansible import Technician
from .host import Host, remove_leftovers, ssh_key
from .image import USER, base_image
from .namespaces import NETWORK, PREFIX, Port, make_network, remove_network
from .releases import source
from .shell import run

HUB = "hub1"
INSTALLATIONS = ("pi1", "pi2")
BASE = "art-installation"
PLACE = Path("/var/tmp")  # noqa: S108 - the folder below it is made safely
"""A disk rather than memory, and no overlay: the machines' disks are overlays themselves."""
SERVICE = "art-installation.service"
PLATFORM = {"python": "3.11", "machine": "x86_64", "extras": ["tflite-runtime"], "glibc": [17, 24, 27, 28, 31, 34, 35]}
HUB_PLATFORM = {"python": "3.11", "machine": "x86_64", "glibc": PLATFORM["glibc"]}
SETTINGS = {
    "camera": {"source": "synthetic", "fps": 15.0},
    "display": {"mode": "headless"},
    "network": {"threads": 1},
    "show": {"attract": False, "morph_seconds": 0.2},
}
MIN_FPS = 5
"""Far below what a Pi must do: these machines share two cores with whatever else runs."""


@dataclass
class Fleet:
    """All machines, booted."""

    folder: Path
    controller: Port
    hub: Host
    installations: tuple[Host, ...]
    technician: Technician

    @property
    def wheelhouse(self) -> Path:
        return self.folder / "wheelhouse"

    @property
    def secrets(self) -> Path:
        return self.folder / "inventory/secrets"

    def release(
        self, version: str, fault: str = "", collect: bool = False, platform: Mapping[str, object] = PLATFORM
    ) -> None:
        """Build this release into the wheelhouse, with the wheels that it needs on ``platform`` if ``collect``."""
        self.technician.play(
            "wheelhouse",
            outside=True,
            timeout=420,
            wheelhouse_folder=str(self.wheelhouse),
            wheelhouse_source=str(source(self.folder, version, fault)),
            wheelhouse_python=sys.executable,
            wheelhouse_platforms=[platform] if collect else [],
            wheelhouse_hubs=[HUB_PLATFORM] if collect else [],
            wheelhouse_constraints={"cp311-x86_64": ["numpy<2"]},
            wheelhouse_locks=str(self.folder / "locks"),
            wheelhouse_key=str(self.folder / "release-key"),
        )

    def hear(self, topic: str, wait: int = 3) -> str:
        """The retained or the next message on a topic, as the hub's root hears it; empty if there is none."""
        return self._hub_client(f"mosquitto_sub -W {wait} -C 1 -t '{BASE}/{topic}'").strip()

    def say(self, topic: str, payload: str) -> None:
        """Publish as technician, on the hub."""
        self._hub_client(f"mosquitto_pub -q 1 -t '{BASE}/{topic}' -m '{payload}'")

    def visit(self, topic: str, payload: str) -> None:
        """Publish as a visitor's phone."""
        script = Path(__file__).with_name("visitor.py")
        words = [sys.executable, script, self.hub.port.address, "80", f"{BASE}/{topic}", payload]
        run(self.controller.enter(words), timeout=20)

    def technicians_page(self, path: str, password: str | None = None) -> str:
        """The status and what the technician's page answers from a workstation, which trusts the hub's authority."""
        script = Path(__file__).with_name("technicians_page.py")
        if password is None:
            password = (self.secrets / "technicians-page").read_text().strip()
        url = f"https://{self.hub.port.address}:8088/{path}"
        return run(self.controller.enter([sys.executable, script, url, self.secrets / "ca.pem", password]), timeout=20)

    def health(self, name: str) -> dict[str, object]:
        """The last health report of an installation; empty if there is none."""
        heard = self.hear(f"{name}/health")
        return json.loads(heard) if heard else {}

    def _hub_client(self, command: str) -> str:
        return self.hub.ssh(f"XDG_CONFIG_HOME=/etc/art-installation-hub/client {command}", check=False)


def active(host: Host, unit: str = SERVICE) -> bool:
    """Whether a unit is active on a machine."""
    return host.ssh(f"systemctl is-active {unit}", check=False).strip() == "active"


def shown(host: Host, prop: str, unit: str = SERVICE) -> str:
    """A property of a unit, as systemd has it."""
    return host.ssh(f"systemctl show --value --property={prop} {unit}").strip()


def main_pid(host: Host) -> int:
    """The daemon's process id on its machine; 0 when it doesn't run."""
    return int(shown(host, "MainPID") or 0)


def current(host: Host) -> str:
    """The version of the release that is current on a machine."""
    return host.ssh("readlink /opt/art-installation/current").strip().removeprefix("releases/")


@contextlib.contextmanager
def booted() -> Iterator[Fleet]:
    """Boot a fleet; whatever happens, nothing of it is left: no process, mount, namespace, cgroup or file."""
    with contextlib.ExitStack() as undo:
        # One fleet at a time on one machine: the names of its namespaces are fixed.
        lock = undo.enter_context(Path(tempfile.gettempdir(), "artfleet.lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_leftovers(PLACE)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=PLACE))
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        image = base_image()
        ports = make_network(("controller", HUB, *INSTALLATIONS))
        undo.callback(remove_network)
        key = ssh_key(folder)
        hosts = []
        for name in (HUB, *INSTALLATIONS):
            host = Host(ports[name], image, folder, ports["controller"], key)
            undo.callback(host.unmount)
            host.mount()
            undo.callback(host.power_off)
            host.boot()
            hosts.append(host)
        technician = Technician(folder / "inventory/hosts.yml", folder, ports["controller"].enter)
        fleet = Fleet(folder, ports["controller"], hosts[0], tuple(hosts[1:]), technician)
        write_inventory(fleet, key)
        yield fleet


def write_inventory(fleet: Fleet, key: Path) -> None:
    """The technician's inventory: what forty Pis would have, for two."""
    machines = (fleet.hub, *fleet.installations)
    hosts: dict[str, dict[str, object]] = {host.name: {"ansible_host": host.port.address} for host in machines}
    hosts["pi1"] |= {"installation_name": "Foyer “Süd”", "installation_rotation": 90}
    shared = {
        "ansible_user": USER,
        "ansible_ssh_private_key_file": str(key),
        "installation_wheelhouse": str(fleet.wheelhouse),
        "installation_settings": SETTINGS,
        "installation_group": "foyer",
        "installation_min_fps": MIN_FPS,
        "installation_page_url": f"http://{fleet.hub.port.address}/",
        "hub_souvenirs": True,
        "hub_trusted_networks": [f"{NETWORK}.0/24"],
        "kiosk_reboot": False,
        "system_ssh_hardening": True,
        "update_batches": 1,
    }
    ansible.write_inventory(fleet.folder / "inventory/hosts.yml", hosts, shared)
