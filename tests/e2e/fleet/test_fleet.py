"""A technician's afternoon: bring a fleet up, use it, break it, update it. Steps build on each other, in this order."""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from .fleet import SERVICE, Fleet, active, current, main_pid, shown
from .host import Host
from .releases import REPOSITORY, SLOW
from .shell import CommandFailed, run, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

Note = Callable[[str], None]
FIRST, SECOND, BROKEN, THIRD, FORGED = "0.1.0", "0.1.1", "0.1.2", "0.1.3", "0.1.9"


def healthy(fleet: Fleet, host: Host, version: str = "") -> bool:
    """Whether the hub hears of a mirror that is online and paints."""
    report = fleet.health(host.name)
    return (
        fleet.hear(f"{host.name}/availability") == "online"
        and float(str(report.get("fps", 0))) >= 3
        and version in ("", report.get("version"))
    )


@pytest.mark.timeout(480)
def test_wheels_are_collected(fleet: Fleet, note: Note) -> None:
    fleet.release(FIRST, collect=True)
    archive = fleet.wheelhouse / "cp311-x86_64.tar"
    note(f"{archive.stat().st_size / 1e6:.0f} MB of wheels")


def test_check_mode_on_bare_machines(fleet: Fleet) -> None:
    recap = fleet.technician.play("site", "--check")
    assert recap.total("failed") == 0
    assert "pi1 is bare" in recap.output
    assert not fleet.installations[0].path("etc/art-installation").exists()
    assert not fleet.secrets.exists()


def test_site_brings_everything_up(fleet: Fleet, note: Note) -> None:
    boot = fleet.installations[0].path("boot/firmware")
    boot.mkdir(parents=True)
    (boot / "cmdline.txt").write_text("console=serial0,115200 console=tty1 root=PARTUUID=1-02 rootwait\n")
    (boot / "config.txt").write_text("dtoverlay=vc4-kms-v3d\n")
    recap = fleet.technician.play("site", timeout=240)
    note(f"{recap.total('changed')} changes")
    for host in fleet.installations:
        until(f"{host.name} is active", partial(active, host), 30)


def test_mirrors_paint(fleet: Fleet, note: Note) -> None:
    for host in fleet.installations:
        until(f"{host.name} is healthy", partial(healthy, fleet, host, FIRST), 40)
    note(", ".join(f"{host.name} {fleet.health(host.name)['fps']:.0f} fps" for host in fleet.installations))


def test_status_is_one_readable_line(fleet: Fleet, note: Note) -> None:
    line = until("a status line", lambda: shown(fleet.installations[0], "StatusText"), 10)
    note(line)
    assert re.search(r"fps.*camera ok.*broker online", line)


def test_the_journal_holds_fields(fleet: Fleet, note: Note) -> None:
    journal = "journalctl -u art-installation -o json --output-fields=MESSAGE,STYLE,FPS,CAMERA | grep FPS | tail -n 1"
    entry = json.loads(until("a line with fields", lambda: fleet.installations[0].ssh(journal), 30))
    note(f"STYLE={entry['STYLE']} FPS={entry['FPS']}")
    assert entry["CAMERA"] == "ok"


def test_ssh_takes_keys_only(fleet: Fleet) -> None:
    effective = fleet.installations[0].ssh("sshd -T").splitlines()
    assert {"passwordauthentication no", "permitrootlogin no"} <= set(effective)


def test_daemon_is_confined(fleet: Fleet) -> None:
    host = fleet.installations[0]
    status = host.ssh(f"cat /proc/{main_pid(host)}/status")
    assert re.search(r"^CapEff:\s0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s1$", status, re.MULTILINE)
    assert re.search(r"^Seccomp:\s2$", status, re.MULTILINE)
    assert host.ssh(f"stat -c %U /proc/{main_pid(host)}").strip() == "art-installation"


def test_no_frame_can_leave_the_gallery(fleet: Fleet) -> None:
    """From inside the service's own control group: the hub answers, an address of the internet is refused."""
    script = (
        "import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
        "s.sendto(b'frame', (sys.argv[1], 9)); print('sent')"
    )
    inside = "echo $$ > /sys/fs/cgroup/system.slice/art-installation.service/cgroup.procs"
    host = fleet.installations[0]
    host.ssh("ip route replace 203.0.113.0/24 dev host0")

    def sent(address: str) -> str:
        return host.ssh(f'{inside}; python3 -c "{script}" {address}', check=False)

    assert "sent" in sent(fleet.hub.port.address)
    assert "PermissionError" in sent("203.0.113.1")


def test_fleet_status_sees_both(fleet: Fleet, note: Note) -> None:
    words = [sys.executable, "-m", "installation", "fleet", "status", "--json"]
    settings = {"ART_CONFIG": str(fleet.secrets / "fleet.toml")}
    output = run(fleet.controller.enter(words), timeout=20, env={**os.environ, **settings})
    assert {host.name for host in fleet.installations} <= set(re.findall(r"pi\d", output))
    note(output.replace("\n", " ")[:150])


def test_the_technician_logs_in_and_sees_the_fleet(fleet: Fleet, note: Note) -> None:
    html = until("the page", lambda: _page_with(fleet, "2 of 2 online"), 30)
    assert all(f"<b>{host.name}</b>" in html for host in fleet.installations)
    figures = fleet.technicians_page("metrics")
    assert all(f'art_installation_up{{id="{host.name}",group="foyer"}} 1' in figures for host in fleet.installations)
    assert fleet.technicians_page("", password="someone else's").strip() == "401"
    note(f"{len(html)} characters; {len(figures.splitlines())} lines of metrics")


def test_the_technicians_page_is_confined(fleet: Fleet) -> None:
    pid = shown(fleet.hub, "MainPID", "art-installation-technician.service")
    assert fleet.hub.ssh(f"stat -c %U /proc/{pid}").strip() not in ("root", "mosquitto")
    environment = fleet.hub.ssh(f"cat /proc/{pid}/environ /proc/{pid}/cmdline")
    assert not any(path.read_text().strip() in environment for path in (fleet.secrets / "mqtt").iterdir())


def test_souvenirs_are_handed_out_to_visitors_and_their_service_is_confined(fleet: Fleet) -> None:
    unit = "art-installation-souvenirs.service"
    pid = shown(fleet.hub, "MainPID", unit)
    assert fleet.hub.ssh(f"stat -c %U /proc/{pid}").strip() not in ("root", "mosquitto")
    environment = fleet.hub.ssh(f"cat /proc/{pid}/environ /proc/{pid}/cmdline")
    assert not any(path.read_text().strip() in environment for path in (fleet.secrets / "mqtt").iterdir())
    ask = (
        "import urllib.request, urllib.error\n"
        f"try: urllib.request.urlopen('http://{fleet.hub.port.address}:8090/' + 'x' * 32, timeout=5)\n"
        "except urllib.error.HTTPError as error: print(error.code)"
    )
    assert run(fleet.controller.enter([sys.executable, "-c", ask]), timeout=20).strip() == "404"


def hears_of(fleet: Fleet, rest: str, wanted: str) -> bool:
    return wanted in fleet.hear(rest)


def hears(fleet: Fleet, rest: str, wanted: str) -> bool:
    return fleet.hear(rest) == wanted


def test_a_visitor_reaches_each_but_not_all_at_once(fleet: Fleet) -> None:
    fleet.visit("all/style/set", "scream")
    for host in fleet.installations:
        fleet.visit(f"{host.name}/style/set", "photo")
        style = f"{host.name}/style/state"
        until(f"{host.name} shows it", partial(hears, fleet, style, "photo"), 10)


def test_a_second_run_changes_nothing(fleet: Fleet, note: Note) -> None:
    recap = fleet.technician.play("site")
    assert recap.changed_tasks() == []
    assert recap.total("changed") == 0
    note(f"ok={recap.total('ok')} changed=0")


def test_check_mode_foretells_nothing(fleet: Fleet) -> None:
    recap = fleet.technician.play("site", "--limit=pi1", "--check", "--diff")
    assert recap.total("changed") == 0


def test_a_boot_partition_that_is_not_mounted_is_refused(fleet: Fleet) -> None:
    """Its files would be left as they are without a word."""
    table = fleet.installations[0].path("etc/fstab")
    before = table.read_text() if table.exists() else ""
    table.write_text(f"{before}LABEL=bootfs /boot/firmware vfat defaults 0 2\n")
    try:
        recap = fleet.technician.play("site", "--check", "--limit=pi1", check=False)
    finally:
        table.write_text(before)
    assert recap.total("failed") == 1
    assert "/boot/firmware (LABEL=bootfs) is in /etc/fstab and not mounted on pi1" in " ".join(recap.output.split())


def test_boot_files_are_a_kiosks(fleet: Fleet, note: Note) -> None:
    boot = fleet.installations[0].path("boot/firmware")
    words = (boot / "cmdline.txt").read_text().split()
    note(" ".join(words))
    assert words[:3] == ["console=serial0,115200", "root=PARTUUID=1-02", "rootwait"]
    assert {"quiet", "console=tty3", "consoleblank=0", "vt.global_cursor_default=0"} <= set(words)
    assert "console=tty1" not in words
    assert "dtparam=watchdog=on" in (boot / "config.txt").read_text()


def test_the_firewall_admits_what_is_needed(fleet: Fleet) -> None:
    def reaches(port: int) -> bool:
        probe = f"import socket; socket.create_connection(('{fleet.hub.port.address}', {port}), 2)"
        return "Error" not in run(fleet.controller.enter([sys.executable, "-c", probe]), check=False)

    fleet.hub.ssh("systemd-run --unit=open-door python3 -m http.server 9999")
    until("a server to hide", lambda: "9999" in fleet.hub.ssh("ss -ltn"), 10)
    assert [port for port in (22, 80, 1883, 8088, 8090, 8883, 9999) if reaches(port)] == [22, 80, 8088, 8090, 8883]
    fleet.hub.ssh("systemctl stop open-door")


def test_passwords_are_each_their_own(fleet: Fleet) -> None:
    made = {path.name: path.read_text() for path in (fleet.secrets / "mqtt").iterdir()}
    assert set(made) == {"pi1", "pi2", "technician", "_visitors", "_technicians_page", "_souvenirs"}
    assert len(set(made.values())) == 6
    for host in fleet.installations:
        assert host.ssh("stat -c '%a %U' /etc/art-installation/mqtt-password").strip() == "600 root"
    stored = fleet.hub.ssh("cat /etc/mosquitto/passwords")
    assert not any(password.strip() in stored for password in made.values())


def test_doctor_reports_on_both(fleet: Fleet, note: Note) -> None:
    recap = fleet.technician.play("status", check=False)
    lines = re.findall(r"(?:OK|NOTE|BAD|SKIPPED) [a-z]+: [^\n]*", recap.output)
    note(f"{len(lines)} lines, {sum(line.startswith('BAD') for line in lines)} bad")
    assert recap.total("unreachable") == 0
    assert len(lines) >= 10, recap.output


def test_a_frozen_daemon_is_restarted(fleet: Fleet, note: Note) -> None:
    host = fleet.installations[0]
    before = main_pid(host)
    start = time.monotonic()
    host.ssh(f"kill -STOP {before}")
    until("another process", lambda: main_pid(host) not in (0, before) and active(host), 40)
    note(f"running again after {time.monotonic() - start:.1f} s")
    until("it is healthy", lambda: healthy(fleet, host), 30)


def test_the_mirror_goes_on_without_a_broker(fleet: Fleet, note: Note) -> None:
    host = fleet.installations[0]
    pid = main_pid(host)
    fleet.hub.ssh("systemctl stop mosquitto")
    line = until("it notices", lambda: _status(host, "broker online", there=False), 30)
    note(line)
    assert main_pid(host) == pid
    assert active(host)
    start = time.monotonic()
    fleet.hub.ssh("systemctl start mosquitto")
    until("it is back", lambda: healthy(fleet, host), 60)
    note(f"online {time.monotonic() - start:.1f} s after the broker")
    assert main_pid(host) == pid


def test_a_cut_network_is_seen_and_survived(fleet: Fleet, note: Note) -> None:
    host = fleet.installations[1]
    until("it is healthy", lambda: healthy(fleet, host), 60)
    host.port.unplug()
    start = time.monotonic()
    try:
        until("its last will", lambda: fleet.hear(f"{host.name}/availability") == "offline", 40)
        note(f"last will after {time.monotonic() - start:.1f} s")
    finally:
        host.port.plug()
    start = time.monotonic()
    until("it is back", lambda: healthy(fleet, host), 60)
    note(f"back after {time.monotonic() - start:.1f} s")


def test_bad_settings_never_replace_good_ones(fleet: Fleet) -> None:
    host = fleet.installations[0]
    before = host.ssh("cat /etc/art-installation/settings.toml")
    pid = main_pid(host)
    bad = {"camera": {"source": "synthetic", "fsp": 15}}
    recap = fleet.technician.play("site", "--limit=pi1", check=False, installation_settings=bad)
    assert recap.total("failed") == 1
    assert "camera.fsp" in recap.output
    assert host.ssh("cat /etc/art-installation/settings.toml") == before
    assert main_pid(host) == pid


def test_endless_failure_ends_in_the_card(fleet: Fleet, note: Note) -> None:
    host = fleet.installations[0]
    settings = host.path("etc/art-installation/settings.toml")
    good = settings.read_text()
    start = time.monotonic()
    try:
        settings.write_text(good + "\n[nonsense]\n")
        host.ssh(f"systemctl restart --no-block {SERVICE}")
        until("the card is on", lambda: active(host, "art-installation-card.service"), 30)
        note(f"card after {time.monotonic() - start:.1f} s")
        assert active(host, "art-installation-retry.timer")
        time.sleep(2)
        assert active(host, "art-installation-card.service")
    finally:
        settings.write_text(good)
    host.ssh(f"systemctl reset-failed {SERVICE}; systemctl start {SERVICE}")
    until("the mirror is back", lambda: active(host), 30)
    assert not active(host, "art-installation-card.service")


def test_a_new_style_needs_no_release(fleet: Fleet) -> None:
    styles = collection(fleet, "pushed")
    (styles / "new-wave.toml").write_text((styles / "great-wave.toml").read_text())
    fleet.technician.play("collection", collection=str(styles), update_batches="100%")
    for host in fleet.installations:
        until(f"{host.name} offers it", partial(hears_of, fleet, f"{host.name}/info", "new-wave"), 20)


def test_a_damaged_collection_is_refused(fleet: Fleet) -> None:
    host = fleet.installations[0]
    link = host.ssh("readlink /opt/art-installation/collection")
    pid = main_pid(host)
    styles = collection(fleet, "damaged")
    network = bytearray((styles / "network.tflite").read_bytes())
    network[len(network) // 2] ^= 0xFF
    (styles / "network.tflite").write_bytes(network)
    recap = fleet.technician.play("collection", "--limit=pi1", check=False, collection=str(styles))
    assert recap.total("failed") == 1
    assert host.ssh("readlink /opt/art-installation/collection") == link
    assert main_pid(host) == pid


def test_an_update_reaches_both(fleet: Fleet, note: Note) -> None:
    fleet.release(SECOND)
    fleet.technician.play("update", timeout=240)
    for host in fleet.installations:
        assert current(host) == SECOND
        assert healthy(fleet, host, SECOND)
    note(f"{FIRST} → {SECOND}")


def test_a_release_that_was_changed_is_refused_unrun(fleet: Fleet) -> None:
    host = fleet.installations[0]
    before, pid = current(host), main_pid(host)
    for name in (".tar", ".manifest", ".manifest.sig"):
        shutil.copy(
            fleet.wheelhouse / f"art-installation-{before}{name}", fleet.wheelhouse / f"art-installation-{FORGED}{name}"
        )
    recap = fleet.technician.play("update", "--limit=pi1", check=False, update_version=FORGED)
    assert recap.total("failed") == 1
    assert "nothing of it was run" in " ".join(recap.output.split())  # Ansible wraps its lines
    assert (current(host), main_pid(host)) == (before, pid)
    assert host.ssh(f"ls /opt/art-installation/releases/{FORGED} | grep -cE 'venv|systemd'", check=False).strip() == "0"
    host.ssh(f"rm -r /opt/art-installation/releases/{FORGED}")


def test_an_unhealthy_update_goes_back_by_itself(fleet: Fleet, note: Note) -> None:
    fleet.release(BROKEN, fault=SLOW)
    first, second = fleet.installations
    pid = main_pid(second)
    recap = fleet.technician.play(
        "update", timeout=240, check=False, installation_health_retries=4, installation_health_delay=1
    )
    assert recap.total("failed") == 1
    assert "did not become healthy on pi1" in recap.output
    assert current(first) == SECOND
    until("the old release is healthy", lambda: healthy(fleet, first, SECOND), 30)
    note("pi1 is back")
    assert (current(second), main_pid(second)) == (SECOND, pid)
    note("pi2 was never touched")


def test_going_back_by_hand(fleet: Fleet) -> None:
    host = fleet.installations[0]
    fleet.technician.play("rollback", "--limit=pi1")
    assert current(host) == FIRST
    assert healthy(fleet, host, FIRST)


@pytest.mark.parametrize("moment", ["while it is built", "after the switch"])
def test_a_power_cut_during_an_update(fleet: Fleet, note: Note, moment: str) -> None:
    host = fleet.installations[0]
    if not (fleet.wheelhouse / f"art-installation-{THIRD}.tar").exists():
        fleet.release(THIRD)
    signs = {
        "while it is built": f"test -e /opt/art-installation/releases/{THIRD}/venv/bin/python",
        "after the switch": f"test $(readlink /opt/art-installation/current) = releases/{THIRD}",
    }
    with fleet.technician.begin("update", "--limit=pi1", update_version=THIRD) as playing:
        until(moment, lambda: playing.poll() is not None or host.ssh(f"{signs[moment]} && echo yes"), 240, pause=0.1)
        host.power_cut()
        playing.kill()
    host.boot()
    until("it runs", lambda: active(host), 40)
    version = current(host)
    note(f"{moment}: booted into {version}")
    assert version in (FIRST, THIRD)
    until("it is healthy", lambda: healthy(fleet, host, version), 40)


def test_the_update_completes_after_power_cuts(fleet: Fleet) -> None:
    fleet.technician.play("update", "--limit=pi1", timeout=240, update_version=THIRD)
    assert current(fleet.installations[0]) == THIRD


def test_only_the_last_releases_stay(fleet: Fleet, note: Note) -> None:
    kept = fleet.installations[0].ssh("ls /opt/art-installation/releases").split()
    note(" ".join(kept))
    assert THIRD in kept
    assert len(kept) == 3


def collection(fleet: Fleet, name: str) -> Path:
    """A copy of the shipped collection."""
    copy = fleet.folder / name
    return Path(shutil.copytree(REPOSITORY / "styles", copy))


def _page_with(fleet: Fleet, words: str) -> str:
    with suppress(CommandFailed):  # it starts anew while the broker does
        html = fleet.technicians_page("")
        return html if words in html else ""
    return ""


def _status(host: Host, words: str, there: bool) -> str:
    line = shown(host, "StatusText")
    return line if line and (words in line) is there else ""
