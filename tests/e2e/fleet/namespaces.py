"""A network of its own for the fleet: a switch, the controller and the hosts, each in a network namespace.

Nothing touches this machine's own interfaces or routes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .shell import run

PREFIX = "artfleet-"
NETWORK = "10.77.0"


@dataclass(frozen=True)
class Port:
    """One machine's connection to the switch."""

    name: str
    address: str
    prefix: str = PREFIX

    @property
    def namespace(self) -> str:
        return f"{self.prefix}{self.name}"

    @property
    def path(self) -> str:
        return f"/run/netns/{self.namespace}"

    def enter(self, command: Sequence[object]) -> list[object]:
        """``command``, to be run in this machine's network."""
        return ["ip", "netns", "exec", self.namespace, *command]

    @property
    def switch(self) -> str:
        return f"{self.prefix}switch"

    def plug(self) -> None:
        run(["ip", "-n", self.switch, "link", "set", self.name, "up"])

    def unplug(self) -> None:
        """Pull the cable at the switch: the machine itself only notices that nobody answers."""
        run(["ip", "-n", self.switch, "link", "set", self.name, "down"])


def make_network(names: Sequence[str], prefix: str = PREFIX) -> dict[str, Port]:
    """A switch with one port for each name; remains of an earlier run are removed first."""
    remove_network(prefix)
    switch = f"{prefix}switch"
    run(["ip", "netns", "add", switch])
    run(["ip", "-n", switch, "link", "add", "bridge", "type", "bridge"])
    run(["ip", "-n", switch, "link", "set", "bridge", "up"])
    return {name: _connect(Port(name, f"{NETWORK}.{number}", prefix)) for number, name in enumerate(names, 10)}


def remove_network(prefix: str = PREFIX) -> None:
    """Delete every namespace with this prefix, and with them their interfaces."""
    for line in run(["ip", "netns", "list"]).splitlines():
        name = line.split()[0] if line.split() else ""
        if name.startswith(prefix):
            run(["ip", "netns", "delete", name], check=False)


def _connect(port: Port) -> Port:
    inside = port.namespace
    run(["ip", "netns", "add", inside])
    run(["ip", "-n", port.switch, "link", "add", port.name, "type", "veth", "peer", "name", "host0", "netns", inside])
    run(["ip", "-n", port.switch, "link", "set", port.name, "master", "bridge", "up"])
    run(["ip", "-n", inside, "link", "set", "lo", "up"])
    run(["ip", "-n", inside, "address", "add", f"{port.address}/24", "dev", "host0"])
    run(["ip", "-n", inside, "link", "set", "host0", "up"])
    return port
