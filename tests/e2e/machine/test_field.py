"""What else happens to a mirror on a wall, on a real kernel: each step leaves it painting, and can run alone."""

import random
import re
import shutil
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.e2e.fleet.fleet import SERVICE
from tests.e2e.fleet.releases import REPOSITORY
from tests.e2e.fleet.shell import until

from .disk import check_root
from .gallery import CARD_CAMERA, NAME, SETTINGS, Gallery, is_dark, is_picture, is_quiet
from .test_essentials import assert_whole, screen_of

pytestmark = [pytest.mark.machine, pytest.mark.timeout(2400)]

Note = Callable[[str], None]
CUTS = 10


@pytest.fixture(autouse=True)
def painting(gallery: Gallery) -> None:
    """Every step begins with a mirror that paints."""
    gallery.wait_until_it_paints()


def test_site_brings_up_a_bare_device(gallery: Gallery, note: Note) -> None:
    """Every step of it over SSH on the machine itself, with a reboot for the boot files."""
    with gallery.bare() as bare:
        bare.machine.wait_for_ssh()
        note(f"bare: answers {bare.machine.clock():.0f} s after power-on")
        bare.look("bare: Debian's console")
        bare.play("site")
        assert bare.machine.resets() >= 1, "the kiosk's boot files count after a restart only"
        bare.wait_until_it_paints()
        note(f"painting {bare.machine.clock():.0f} s after its reboot")
        recap = bare.play("site", f"--limit={NAME}")
        note(f"site.yml again: changed {recap.total('changed')}")
        assert recap.total("changed") == 0


def test_the_camera_in_several_sizes(gallery: Gallery, note: Note) -> None:
    for width, height in ((320, 180), (640, 360), (1280, 720), (1920, 1080)):
        configure(gallery, {"camera": {"width": width, "height": height}})
        taken = gallery.machine.ssh("v4l2-ctl --get-fmt-video | grep -E 'Width|Pixel' | cut -d: -f2 | xargs").strip()
        note(taken)
        assert taken.startswith(f"{width}/{height}")
        assert is_picture(gallery.look(f"camera at {width}×{height}"))
    configure(gallery, {"camera": {"width": "auto", "height": "auto"}})


def test_a_camera_that_gives_no_frame(gallery: Gallery, note: Note) -> None:
    machine = gallery.machine
    machine.ssh("v4l2-ctl --set-ctrl=percentage_of_dropped_buffers=100")
    start = machine.clock()
    until("the card", lambda: not is_picture(machine.glass()), 10 * machine.patience, pause=0.2)
    note(f"card after {machine.clock() - start:.1f} s at most")
    assert not is_dark(gallery.look("camera gives no frame"))
    since = machine.clock()
    machine.ssh("v4l2-ctl --set-ctrl=percentage_of_dropped_buffers=0")
    note(f"painting {gallery.wait_until_it_paints(since):.1f} s after it gives frames again")


def test_a_camera_that_was_not_there_at_the_start(gallery: Gallery, note: Note) -> None:
    machine = gallery.machine
    machine.ssh(f"echo vivid.0 > {CARD_CAMERA}/unbind; systemctl restart {SERVICE}", timeout=400)
    machine.rest(10)
    assert not is_picture(gallery.look("started without a camera"))
    since = machine.clock()
    machine.ssh(f"echo vivid.0 > {CARD_CAMERA}/bind")
    note(f"painting {gallery.wait_until_it_paints(since):.1f} s after it was plugged in")


def test_portrait(gallery: Gallery, note: Note) -> None:
    """The screen hangs on its side; what a visitor sees is upright."""
    configure(gallery, {"display": {"rotation": 90}})
    machine = gallery.machine
    machine.press("spc")
    machine.rest(10)
    glass = gallery.look("portrait, as the screen has it")
    expected = screen_of(gallery, rotation=90)
    machine.press("spc")
    difference = float(np.abs(np.rot90(glass).astype(int) - expected).mean())
    note(f"mean difference {difference:.2f} of 255")
    configure(gallery, {"display": {"rotation": 0}})
    assert difference <= 3.0


def test_settings_that_are_refused_leave_a_card(gallery: Gallery, note: Note) -> None:
    machine = gallery.machine
    machine.ssh(
        "cp /etc/art-installation/settings.toml /root/; echo '[nonsense]' >> /etc/art-installation/settings.toml"
    )
    start = machine.clock()
    machine.ssh(f"systemctl --no-block restart {SERVICE}")
    until(
        "the card",
        lambda: machine.ssh("systemctl is-active art-installation-card", check=False).strip() == "active",
        300,
    )
    until("words on the glass", lambda: not is_dark(machine.glass()), 20 * machine.patience, pause=1.0)
    note(f"card {machine.clock() - start:.0f} s after the restart")
    glass = gallery.look("settings refused")
    assert is_quiet(glass)
    since = machine.clock()
    machine.ssh(f"cp /root/settings.toml /etc/art-installation/; systemctl restart {SERVICE}", timeout=400)
    note(f"painting {gallery.wait_until_it_paints(since):.0f} s after they were mended")


def test_stopped_for_good_shows_nothing(gallery: Gallery) -> None:
    machine = gallery.machine
    machine.ssh(f"systemctl stop {SERVICE}", timeout=120)
    machine.rest(10)
    glass = gallery.look("stopped for good")
    machine.ssh(f"systemctl start {SERVICE}", timeout=400)
    assert is_quiet(glass)
    assert not is_picture(glass)


def test_a_boot_partition_that_does_not_mount(gallery: Gallery, note: Note) -> None:
    """As after a power cut in the middle of writing it: the mirror needs nothing of it."""
    machine = gallery.machine
    machine.ssh("sed -i 's/LABEL=bootfs/LABEL=gone/' /etc/fstab; sync")
    machine.power_cut()
    machine.power_on()
    note(f"painting {gallery.wait_until_it_paints():.0f} s after power-on")
    machine.ssh("sed -i 's/LABEL=gone/LABEL=bootfs/' /etc/fstab; sync")
    machine.power_cut()
    machine.power_on()


def test_a_clock_that_starts_in_1970(gallery: Gallery, note: Note) -> None:
    """No battery and no network time: it paints, and says that it does not know the time."""
    machine = gallery.machine
    machine.power_cut()
    machine.power_on("-rtc", "base=1970-01-01T00:00:00")
    note(f"painting {gallery.wait_until_it_paints():.0f} s after power-on")
    note(f"its year {machine.ssh('date +%Y').strip()}")
    assert machine.ssh("test -e /run/systemd/timesync/synchronized && echo yes", check=False).strip() == ""
    machine.power_cut()
    machine.power_on()


def test_a_read_only_root(gallery: Gallery, note: Note) -> None:
    """On, proven, changed through the technician's round, and off again."""
    machine = gallery.machine
    gallery.inventory(kiosk_overlay=True)
    gallery.play("site", f"--limit={NAME}")
    assert machine.ssh("findmnt -no FSTYPE /").strip() == "overlay"
    machine.ssh("echo lost > /etc/lost; sync")
    machine.power_cut()
    machine.power_on()
    note(f"painting {gallery.wait_until_it_paints():.0f} s after a power cut")
    assert machine.ssh("test -e /etc/lost || echo gone").strip() == "gone"
    recap = gallery.play("site", f"--limit={NAME}")
    assert set(recap.changed_tasks()) == {"kiosk : Switch the overlay off", "kiosk : Switch the overlay on"} | {
        task for task in recap.changed_tasks() if "eboot" in task
    }
    gallery.inventory(kiosk_overlay=False)
    gallery.play("site", f"--limit={NAME}")
    assert machine.ssh("findmnt -no FSTYPE /").strip() == "ext4"


def test_three_power_cuts(gallery: Gallery, note: Note, tmp_path: Path) -> None:
    """While it runs, while it boots, and in the middle of a change of its settings."""
    machine = gallery.machine
    chance = random.Random()
    machine.power_cut()
    machine.power_on()
    moment = chance.uniform(3, 45)
    time.sleep(moment)
    machine.power_cut()
    note(f"running; {moment:.0f} s into the boot")
    machine.power_on()
    machine.wait_for_ssh()
    changed = {"installation_settings": SETTINGS | {"show": SETTINGS["show"] | {"style": "scream"}}}
    note(f"in {cut_during(gallery, 'site', chance.uniform(20, 90), **changed)}")
    findings = check_root(machine.disk, tmp_path)
    machine.power_on()
    gallery.wait_until_it_paints()
    note(f"painting {machine.clock():.0f} s after power-on")
    gallery.look("after three power cuts")
    assert findings == ""
    assert_whole(gallery)


def test_ten_power_cuts(gallery: Gallery, note: Note, tmp_path: Path) -> None:
    """At random moments of its boot, its painting, an update, a new collection and a change of its settings."""
    machine = gallery.machine
    chance = random.Random()
    gallery.fleet.release("0.2.0")
    styles = shutil.copytree(REPOSITORY / "styles", tmp_path / "styles")
    plays: tuple[tuple[str, dict[str, object]], ...] = (
        ("update", {}),
        ("collection", {"collection": str(styles)}),
        ("site", {"installation_settings": SETTINGS | {"show": SETTINGS["show"] | {"style": "scream"}}}),
    )
    slowest = 0.0
    for number in range(CUTS):
        if number % 3 == 2:
            machine.wait_for_ssh()
            name, changes = plays[number // 3 % len(plays)]
            note(f"in {cut_during(gallery, name, chance.uniform(20, 9 * machine.patience), **changes)}")
        else:
            moment = chance.uniform(0, 6 * machine.patience)
            time.sleep(moment)
            machine.power_cut()
            note(f"{moment:.0f} s after power-on")
        findings = check_root(machine.disk, tmp_path)
        machine.power_on()
        assert findings == "", f"cut {number}"
        if number % 3 == 1:
            slowest = max(slowest, gallery.wait_until_it_paints())
    slowest = max(slowest, gallery.wait_until_it_paints())
    note(f"{CUTS} cuts; painting at most {slowest:.0f} s after power-on")
    assert_whole(gallery)


def cut_during(gallery: Gallery, name: str, seconds: float, **changes: object) -> str:
    """Pull the plug so long after a playbook began; returns what it was doing."""
    with gallery.technician.begin(name, f"--limit={NAME}", **changes) as playing:
        time.sleep(seconds)
        gallery.machine.power_cut()
        playing.kill()
    tasks = re.findall(r"^TASK \[(.+?)\]", (gallery.fleet.folder / "begun.log").read_text(), flags=re.MULTILINE)
    return f"{name}.yml, “{tasks[-1] if tasks else 'before its first step'}”"


def configure(gallery: Gallery, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Change settings on the device itself and wait until it paints with them."""
    machine = gallery.machine
    path = "/etc/art-installation/settings.toml"
    values = tomllib.loads(machine.ssh(f"cat {path}"))
    for group, keys in changes.items():
        values.setdefault(group, {}).update(keys)
    text = "\n".join(
        f"[{group}]\n" + "\n".join(_line(*pair) for pair in keys.items()) for group, keys in values.items()
    )
    machine.ssh(f"cat > {path} <<'END'\n{text}\nEND\nsystemctl restart {SERVICE}", timeout=400)
    gallery.wait_until_it_paints()


def _line(key: str, value: object) -> str:
    shown = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
    return f"{key} = {shown}"
