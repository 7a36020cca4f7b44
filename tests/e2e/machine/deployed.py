"""A disk on which ``site.yml`` has already been: on a container that runs the same files, in half a minute.

Emulation makes each of its hundred steps ten times slower and changes none of what is written. What a container cannot
do, it leaves for the first boot: it has no screen, no devices, and starts no mirror.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.image import card
from tests.e2e.fleet.host import Host
from tests.e2e.fleet.namespaces import Port
from tests.e2e.fleet.shell import run

from .disk import base, write_disk

_UDEVADM = "usr/local/sbin/udevadm"
_NETWORK = "etc/systemd/network/10-host0.network"
_NOT_YET = "/run/systemd/system/art-installation.service.d"


def deployed_disk(target: Path, folder: Path, port: Port, controller: Port, deploy: Callable[[], object]) -> Path:
    """Write the disk that a device at this port has once ``deploy`` was there."""
    host = Host(port, base() / "root", folder, controller, base() / "key")
    boot = folder / "boot"
    shutil.copytree(base() / "boot", boot)
    (boot / card.NAME).write_text(f"{port.name}\n")
    with _mounted(host):
        inside = host.path("boot/firmware")
        run(["mount", "--bind", boot, inside])
        # A container has no device to apply a rule to.
        host.path(_UDEVADM).write_text("#!/bin/sh\n")
        host.path(_UDEVADM).chmod(0o755)
        # Its network is set up from outside, and Debian 13's networkd would take that away.
        host.path(_NETWORK).write_text("[Match]\nName=host0\n[Link]\nUnmanaged=yes\n")
        try:
            host.boot()
            host.ssh(f"touch /dev/tty0; mkdir -p {_NOT_YET}")
            host.ssh(f"printf '[Unit]\\nConditionPathExists=/dev/dri\\n' > {_NOT_YET}/not-yet.conf")
            deploy()
        finally:
            host.power_off()
        run(["umount", inside])
        for name in (_UDEVADM, _NETWORK):
            host.path(name).unlink()
        host.path("etc/machine-id").write_text("")
        return write_disk(target, host.path("/"), boot)


@contextlib.contextmanager
def _mounted(host: Host) -> Iterator[None]:
    host.mount()
    try:
        yield
    finally:
        host.unmount()
