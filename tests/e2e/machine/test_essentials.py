"""From power-on to a mirror that survives its camera's, its software's and its kernel's failures, on a real kernel.

Steps build on each other, in this order.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from installation.collection import Collection
from installation.display.base import Caption, View
from installation.display.sheet import Sheet
from installation.settings import parse
from tests.e2e.fleet.fleet import SERVICE
from tests.e2e.fleet.releases import REPOSITORY
from tests.e2e.fleet.shell import until

from .cuts import PowerCuts
from .gallery import CARD_CAMERA, NAME, OTHER_SETTINGS, SCREEN, SETTINGS, Gallery, is_dark, is_picture

pytestmark = [pytest.mark.machine, pytest.mark.timeout(2400)]

Note = Callable[[str], None]
CONNECTOR = "/sys/class/drm/card0-Virtual-1/status"


def test_it_boots_to_a_painted_picture(gallery: Gallery, note: Note) -> None:
    machine = gallery.machine
    start = machine.powers[-1].since
    noisy = gallery.watch("booting", start)
    note(f"painting {machine.clock():.0f} s after power-on")
    gallery.look("painting")
    accelerator = machine.platform.options[3].partition(",")[0]
    note(f"{accelerator}, kernel {machine.ssh('uname -r').strip()}")
    assert noisy == [], "a console on the glass"
    assert machine.ssh("cat /sys/class/drm/card0-Virtual-1/status").strip() == "connected"
    assert "vivid" in machine.ssh("cat /sys/class/video4linux/video0/name")


def test_it_is_a_picture_and_no_computer(gallery: Gallery) -> None:
    machine = gallery.machine
    words = machine.ssh("cat /proc/cmdline").split()
    assert {"quiet", "console=tty3", "vt.global_cursor_default=0", f"video=Virtual-1:{SCREEN[0]}x{SCREEN[1]}"} <= set(
        words
    )
    assert "console=tty1" not in words
    assert machine.glass().shape == (SCREEN[1], SCREEN[0], 3)
    assert "nofail" in machine.ssh("grep ' /boot/firmware ' /etc/fstab")
    assert machine.ssh("systemctl is-enabled getty@tty1", check=False).strip() == "masked"
    assert machine.ssh("systemctl show --value --property=RuntimeWatchdogUSec").strip() == "14s"
    # The service's own account draws, and it alone.
    owner = machine.ssh(f"ps -o user:20= -p $(systemctl show --value -p MainPID {SERVICE})").strip()
    assert owner == "art-installation"


def test_the_card_became_its_own(gallery: Gallery) -> None:
    """Its first start took the name from the boot partition, made its keys and grew the root to the card."""
    machine = gallery.machine
    assert machine.ssh("hostname").strip() == NAME
    assert machine.ssh("cat /etc/hostname").strip() == NAME
    assert "ssh_host_ed25519_key" in machine.ssh("ls /etc/ssh")
    assert int(machine.ssh("df --block-size=M --output=size / | tail -n 1").strip().rstrip("M")) > 3400
    assert machine.ssh("findmnt -no FSTYPE /boot/firmware", check=False).strip() == "vfat", "it outlives the growth"


def test_the_glass_holds_what_the_mirror_says(gallery: Gallery, note: Note) -> None:
    """A picture held by the keyboard's space bar, as the mirror reports it and as the screen shows it."""
    gallery.hold()
    glass = gallery.look("held, with caption")
    expected = screen_of(gallery)
    difference = float(np.abs(glass.astype(int) - expected).mean())
    note(f"mean difference {difference:.2f} of 255")
    gallery.let_go()
    assert difference <= 3.0


def test_a_screen_that_is_switched_off_and_on(gallery: Gallery, note: Note) -> None:
    machine = gallery.machine
    gallery.wait_until_it_paints()
    before = gallery.main_pid()
    machine.ssh(f"echo off > {CONNECTOR}")
    machine.rest(10)
    gallery.look("screen switched off")
    assert machine.ssh(f"cat {CONNECTOR}").strip() == "disconnected"
    assert "camera ok" in gallery.status(), "it goes on"
    since = machine.clock()
    machine.ssh(f"echo detect > {CONNECTOR}")
    note(f"painting {gallery.wait_until_it_paints(since):.1f} s after the screen came back")
    gallery.look("screen switched on again")
    assert gallery.main_pid() == before


def test_a_lost_camera_is_a_card_and_comes_back(gallery: Gallery, note: Note) -> None:
    machine = gallery.machine
    gallery.wait_until_it_paints()
    machine.ssh(f"echo vivid.0 > {CARD_CAMERA}/unbind")
    lost = machine.clock()
    until("the card", lambda: not is_picture(machine.glass()), 10 * machine.patience, pause=0.2)
    note(f"card at most {machine.clock() - lost:.1f} s after the camera went")
    assert not is_dark(gallery.look("camera unplugged"))
    machine.rest(10)
    machine.ssh(f"echo vivid.0 > {CARD_CAMERA}/bind")
    found = machine.clock()
    until("it paints again", lambda: is_picture(machine.glass()), 20 * machine.patience, pause=0.2)
    note(f"painting at most {machine.clock() - found:.1f} s after it came back")


def test_a_frozen_daemon_is_restarted(gallery: Gallery, note: Note) -> None:
    machine = gallery.machine
    pid = gallery.main_pid()
    frozen = machine.clock()
    machine.ssh(f"kill -STOP {pid}")
    until(
        "another process paints",
        lambda: gallery.main_pid() not in (0, pid) and gallery.paints(),
        60 * machine.patience,
        pause=1.0,
    )
    note(f"painting again {machine.clock() - frozen:.0f} s later (WatchdogSec=30 here)")


def test_a_dead_kernel_is_reset_by_the_hardware(gallery: Gallery, note: Note) -> None:
    machine = gallery.machine
    resets = machine.resets()
    machine.ssh(
        "echo 1 > /proc/sys/kernel/sysrq; (sleep 1; echo c > /proc/sysrq-trigger) >/dev/null 2>&1 &", check=False
    )
    until("the reset", lambda: machine.resets() > resets, 20 * machine.patience, pause=0.5)
    assert any(power.watchdog for power in machine.powers), "it must have been the watchdog"
    start = machine.powers[-1].since
    noisy = gallery.watch("after the reset", start)
    note(f"painting {machine.clock():.0f} s after the reset")
    assert noisy == [], "a console on the glass"


def test_three_power_cuts(gallery: Gallery, note: Note, tmp_path: Path) -> None:
    """While it paints, while it boots, and in the middle of a change of its settings."""
    cuts = PowerCuts(gallery, tmp_path, note)
    gallery.begin()
    cuts.while_it_paints()
    cuts.while_it_boots()
    gallery.begin()
    cuts.in_the_middle_of("site", tasks=12, installation_settings=OTHER_SETTINGS)
    gallery.machine.power_on()
    note(f"painting {gallery.wait_until_it_paints():.0f} s after power-on")
    gallery.look("after three power cuts")


def screen_of(gallery: Gallery, rotation: int = 0) -> np.ndarray:
    """What a visitor must see by the mirror's word: picture and caption, drawn by the same code without a screen."""
    picture = gallery.snapshot()
    style = Collection.load(REPOSITORY / "styles")[SETTINGS["show"]["style"]]
    url = f"http://{gallery.fleet.hub.port.address}/"
    caption = Caption(title=style.title, artist=style.artist, year=style.year, url=url)
    settings = parse({"display": SETTINGS["display"] | {"rotation": rotation}}).display
    return Sheet(SCREEN, settings).draw(View(picture=picture, caption=caption))
