"""What else happens to a mirror on a wall, on a real kernel: each step begins at the same moment, and can run alone."""

import json
import shutil
import time
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from installation.service.clock import SYNCHRONISED
from tests.e2e.fleet.fleet import SERVICE
from tests.e2e.fleet.releases import REPOSITORY
from tests.e2e.fleet.shell import until

from . import libraries
from .cuts import RELEASE, TOOL, PowerCuts
from .disk import SUITE
from .drivers import GPIO_SIM, VIMC
from .gallery import CARD_CAMERA, NAME, OTHER_SETTINGS, Gallery, is_card, is_dark, is_picture, is_quiet
from .gpio import Pins
from .test_essentials import screen_of

pytestmark = [pytest.mark.machine, pytest.mark.timeout(5400)]

Note = Callable[[str], None]


@pytest.fixture(autouse=True)
def painting(gallery: Gallery) -> None:
    """Every step begins with the same mirror that paints, however the step before it ended."""
    gallery.begin()


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
        bare.look("site.yml has brought it up")
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


def test_a_camera_that_comes_back_with_another_size(gallery: Gallery, note: Note) -> None:
    """Another one is plugged in meanwhile, which has one size only, and not the one that the settings ask for."""
    machine = gallery.machine
    size = "v4l2-ctl --get-fmt-video | grep Width | cut -d: -f2"
    note(f"{machine.ssh(size).strip()} before")
    machine.ssh(f"echo vivid.0 > {CARD_CAMERA}/unbind")
    machine.rest(5)
    until("nothing holds it", lambda: machine.ssh("rmmod vivid && echo gone", check=False), 20 * machine.patience)
    machine.ssh("modprobe vivid input_types=0x3 ccs_cap_mode=0")  # HDMI, and it neither crops nor scales
    since = machine.clock()
    note(f"painting {gallery.wait_until_it_paints(since):.1f} s after the other one came")
    note(f"{machine.ssh(size).strip()} now")
    glass = gallery.look("camera with another size")
    assert is_picture(glass)
    # Rows that are read at another length than the driver writes them are stripes: 14 here, and below 4 otherwise.
    rows = np.asarray(Image.fromarray(glass).resize((384, 216))).mean(axis=(1, 2))
    assert np.abs(np.diff(rows)).mean() < 7


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


def test_buttons_and_an_encoder(gallery: Gallery, note: Note, tmp_path: Path) -> None:
    """Pins of a driver, by gpiozero and lgpio, as on a Pi."""
    machine = gallery.machine
    if SUITE != "bookworm":
        pytest.skip("gpio-sim is built from the source of Debian 12's kernel")
    driver = GPIO_SIM.built(machine.ssh("uname -r").strip())
    pins = Pins(machine)
    pins.load(driver)
    libraries.install(machine, tmp_path, libraries.GPIO)
    configure(gallery, {"buttons": {"next": 17, "previous": 27, "styles": {"22": "scream"}, "encoder": [5, 6]}})
    assert "buttons" not in machine.ssh(f"journalctl -b -u {SERVICE} -p warning --no-pager -n 20", check=False)
    note(
        machine.ssh(f"ls -l /dev/gpiochip0; ls -l /proc/$(systemctl show --value -p MainPID {SERVICE})/fd | grep gpio")
    )
    for pin, begins in ((22, "scream"), (17, ""), (27, "scream")):
        style = changed(gallery.status, partial(pins.press, pin), begins, machine.patience)
        note(f"pin {pin}: {style}")
    strength = changed(
        lambda: gallery.fleet.hear(f"{NAME}/strength/state"), partial(pins.turn, 6, 5), "", machine.patience
    )
    note(f"encoder: {strength}")


def test_the_library_of_the_pi_camera(gallery: Gallery, note: Note, tmp_path: Path) -> None:
    """picamera2 on libcamera, as on a Pi, with a camera of a kernel driver that libcamera has a pipeline for."""
    if SUITE != "trixie":
        pytest.skip("Debian 12 has no libcamera for Python; ART_MACHINE_SUITE=trixie has")
    machine = gallery.machine
    machine.send(VIMC.built(machine.ssh("uname -r").strip()), "vimc.ko")
    libraries.install(machine, tmp_path, libraries.PICAMERA2, libraries.STAND_INS)
    # picamera2 asks for memory as the Pi's kernel names it.
    machine.ssh("ln -s system /dev/dma_heap/linux,cma; insmod ~technician/vimc.ko")
    # vimc enlarges three times, so both edges are multiples of 6: this class has 336×192 pixels here.
    configure(gallery, {"camera": {"source": "picamera", "fps": 1.0, "timeout": 10.0}, "network": {"size": 256}})
    opened = machine.ssh(f"journalctl -b -u {SERVICE} -o cat | grep -o 'camera .* is open' | tail -n 1").strip()
    note(f"{opened}; {gallery.status()}")
    gallery.look("picamera2 on libcamera's vimc")
    assert opened.startswith("camera picamera (Sensor")


def test_portrait(gallery: Gallery, note: Note) -> None:
    """The screen hangs on its side; what a visitor sees is upright."""
    configure(gallery, {"display": {"rotation": 90}})
    gallery.hold()
    glass = gallery.look("portrait, as the screen has it")
    expected = screen_of(gallery, rotation=90)
    difference = float(np.abs(np.rot90(glass).astype(int) - expected).mean())
    note(f"mean difference {difference:.2f} of 255")
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


def test_the_full_examination(gallery: Gallery, note: Note) -> None:
    """As a person with one device makes it: the mirror stopped, every part tried, a report written."""
    machine = gallery.machine
    machine.ssh(f"systemctl stop {SERVICE}; rm -f /root/report.json /root/status", timeout=120)
    start = machine.clock()
    examine = f"{TOOL} doctor --full --minutes 1 --report /root/report.json > /root/doctor.log 2>&1"
    machine.ssh(f"nohup sh -c '{examine}; echo $? > /root/status' > /dev/null 2>&1 &")
    until("its test picture", lambda: is_picture(machine.glass()), 30 * machine.patience, pause=1.0)
    gallery.look("doctor --full: its test picture")
    answer = until("its end", lambda: machine.ssh("cat /root/status"), 40 * machine.patience, pause=3.0).strip()
    note(f"status {answer} after {machine.clock() - start:.0f} s")
    said = machine.ssh("cat /root/doctor.log")
    report = json.loads(machine.ssh("cat /root/report.json"))
    tried = {check["name"]: f"{check['state']} ({check['found']})" for check in report["walk"]}
    note("; ".join(f"{name}: {found}" for name, found in tried.items()))
    assert all(tried[name].startswith(("ok", "note")) for name in ("camera", "screen", "speed")), said
    assert report["machine"]
    assert len(report["heat"]) >= 1
    assert "Traceback" not in said


def test_stopped_for_good_shows_nothing(gallery: Gallery) -> None:
    machine = gallery.machine
    machine.ssh(f"systemctl stop {SERVICE}", timeout=120)
    machine.rest(10)
    glass = gallery.look("stopped by a technician")
    assert is_quiet(glass)
    assert not is_picture(glass)


def test_a_release_that_cannot_start_shows_nothing(gallery: Gallery, note: Note) -> None:
    """Neither the mirror nor its card: systemd gives up both, and no console comes to light."""
    machine = gallery.machine
    python = machine.ssh(f"readlink -f {RELEASE}").strip() + "/venv/bin/python3"
    machine.ssh(f"mv {python} {python}.gone; systemctl kill -s KILL {SERVICE}")
    broken = machine.clock()
    both = f"{SERVICE} art-installation-card.service"
    until(
        "both given up",
        lambda: machine.ssh(f"systemctl is-failed {both}", check=False).split() == ["failed", "failed"],
        30 * machine.patience,
        pause=2.0,
    )
    note(f"both given up {machine.clock() - broken:.0f} s later")
    glass = gallery.look("systemd has given up")
    assert machine.ssh("systemctl is-active art-installation-retry.timer").strip() == "active"
    since = machine.clock()
    machine.ssh(f"mv {python}.gone {python}; systemctl reset-failed {SERVICE}; systemctl start {SERVICE}", timeout=400)
    note(f"painting {gallery.wait_until_it_paints(since):.0f} s after it was mended and started")
    assert is_quiet(glass)
    assert not is_picture(glass)


def test_a_boot_partition_that_does_not_mount(gallery: Gallery, note: Note) -> None:
    """As after a power cut in the middle of writing it: the mirror needs nothing of it."""
    machine = gallery.machine
    machine.ssh("sed -i 's/LABEL=bootfs/LABEL=gone/' /etc/fstab; sync")
    machine.power_cut()
    machine.power_on()
    note(f"painting {gallery.wait_until_it_paints():.0f} s after power-on")
    assert machine.ssh("mountpoint -q /boot/firmware || echo none").strip() == "none"


def test_a_clock_that_starts_in_1970(gallery: Gallery, note: Note) -> None:
    """No battery and no time server: open outside its hours, which it keeps from the moment at which the time comes.

    Before any program runs, systemd lifts the clock to the day on which its own package was made; so the mirror sees a
    clock that is months or years behind, and that no time server has confirmed.
    """
    machine = gallery.machine
    other_day = f"{datetime.now(UTC) + timedelta(days=3):%a}".lower()
    configure(gallery, {"show": {"opening": [{"days": [other_day], "opens": "10:00", "closes": "10:01"}]}})
    machine.ssh("rm -f /var/lib/systemd/timesync/clock; sync")
    machine.power_cut()
    machine.power_on("-rtc", "base=1970-01-01T00:00:00")
    note(f"painting {gallery.wait_until_it_paints():.0f} s after power-on")
    note(f"its clock says {machine.ssh('date +%F').strip()}; {gallery.status()}")
    gallery.look("1970, outside its hours")
    assert machine.ssh(f"test -e {SYNCHRONISED} && echo yes", check=False).strip() == ""
    # As systemd-timesyncd does when a time server answers.
    machine.ssh(f"date -s @{time.time():.0f}; touch {SYNCHRONISED}")
    since = machine.clock()
    # A machine that is this slow shows a card between two pictures now and then.
    closed = "it closes, by its own word and on the glass"
    until(closed, lambda: gallery.status().startswith("closed") and is_card(machine.glass()), 30 * machine.patience)
    note(f"a card {machine.clock() - since:.0f} s after the time came: {gallery.status()}")
    gallery.look("the time came: closed")
    connected = "the hub hears it, by TLS"
    until(connected, lambda: gallery.health().get("clock") == "ok", 30 * machine.patience, pause=2.0)
    note(f"{connected}, {machine.clock() - since:.0f} s after the time came")


def test_a_read_only_root(gallery: Gallery, note: Note) -> None:
    """On, proven, and site.yml through its round: off, restart, change, on, restart."""
    machine = gallery.machine
    gallery.inventory(kiosk_overlay=True)
    machine.ssh("raspi-config nonint do_overlayfs 0")
    machine.power_cut()
    machine.power_on()
    note(f"painting {gallery.wait_until_it_paints():.0f} s after power-on")
    assert machine.ssh("findmnt -no FSTYPE /").strip() == "overlay"
    machine.ssh("echo lost > /etc/lost; sync")
    machine.power_cut()
    machine.power_on()
    machine.wait_for_ssh()
    assert machine.ssh("test -e /etc/lost || echo gone").strip() == "gone"
    recap = gallery.play("site", f"--limit={NAME}")
    note(f"site.yml: {', '.join(recap.changed_tasks())}")
    assert machine.ssh("findmnt -no FSTYPE /").strip() == "overlay"
    note(f"painting {gallery.wait_until_it_paints():.0f} s after its second restart")
    gallery.inventory()
    switches = {"kiosk : Switch the overlay off", "kiosk : Switch the overlay on"}
    assert {task for task in recap.changed_tasks() if "eboot" not in task} == switches


@pytest.mark.timeout(7200)
def test_ten_power_cuts(gallery: Gallery, note: Note, tmp_path: Path) -> None:
    """In its boot, its painting, an update, a new collection, a change of settings, and while state is saved."""
    gallery.fleet.release("0.2.0")
    styles = shutil.copytree(REPOSITORY / "styles", tmp_path / "styles")
    cuts = PowerCuts(gallery, tmp_path, note)

    def update() -> None:
        cuts.in_the_middle_of("update")

    def collection() -> None:
        cuts.in_the_middle_of("collection", collection=str(styles))

    def settings() -> None:
        cuts.in_the_middle_of("site", installation_settings=OTHER_SETTINGS)

    moments = (
        *(cuts.while_it_paints, cuts.while_state_is_saved, cuts.while_it_boots, update, collection),
        *(cuts.while_state_is_saved, cuts.while_it_boots, settings, cuts.while_it_boots, update),
    )
    for cut in moments:
        gallery.begin()
        cut()
    # After each, what is left on the disk was examined, and painted from; the whole way to the glass takes minutes.
    gallery.machine.power_on()
    note(f"painting {gallery.wait_until_it_paints():.0f} s after power-on")
    gallery.look("after an update that lost its power")


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


def changed(probe: Callable[[], str], act: Callable[[], None], begins: str, patience: float) -> str:
    """Do something until the first word that ``probe`` returns is another one, and begins so; returns it."""
    before = probe().partition(" ")[0]
    act()

    def now() -> str:
        word = probe().partition(" ")[0]
        return word if word != before and word.startswith(begins) else ""

    return until(f"another word than {before}", now, 20 * patience)


def _line(key: str, value: object) -> str:
    return f"{key} = {_toml(value)}"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(_line(*pair) for pair in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
