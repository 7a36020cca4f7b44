"""The systemd units: nothing that systemd complains about, and little that they could do if they went astray."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy import write_units

REPOSITORY = Path(__file__).resolve().parents[2]
UNITS = REPOSITORY / "systemd"
HUB = REPOSITORY / "deploy/roles/hub/files"
NAMES = ("art-installation.service", "art-installation-card.service", "art-installation-retry.timer")
EXPOSURE = 2.0

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (apt install systemd)"
)


def version() -> int:
    found = re.search(
        r"\d+", subprocess.run(["systemd-analyze", "--version"], check=False, capture_output=True, text=True).stdout
    )
    return int(found.group()) if found else 0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A system with systemd's own units, ours, and the commands they start."""
    for folder in ("/usr/lib/systemd/system", "/lib/systemd/system"):
        if Path(folder).is_dir():
            shutil.copytree(folder, tmp_path / "usr/lib/systemd/system", symlinks=True)
            break
    (tmp_path / "lib").symlink_to("usr/lib")
    system = tmp_path / "etc/systemd/system"
    system.mkdir(parents=True)
    for name in NAMES:
        shutil.copy(UNITS / name, system)
    bin_folder = tmp_path / "opt/art-installation/current/venv/bin"
    bin_folder.mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    for command in (bin_folder / "python", bin_folder / "art-installation", tmp_path / "bin/kill"):
        command.write_text("#!/bin/sh\n")
        command.chmod(0o755)
    return tmp_path


def drop_in(root: Path, name: str, unit: str = NAMES[0]) -> None:
    folder = root / f"etc/systemd/system/{unit}.d"
    folder.mkdir(exist_ok=True)
    shutil.copy(UNITS / "dropins" / name, folder)


def complaints(root: Path) -> str:
    # The exit status is 0 even for an unknown key: only silence counts.
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={root}", *NAMES], check=False, capture_output=True, text=True
    )
    return done.stdout + done.stderr


def exposure(path: Path) -> float:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=100", "--no-pager", str(path)],
        check=False,
        capture_output=True,
        text=True,
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    return float(found.group(1))


@pytest.mark.parametrize("name", NAMES[:2])
def test_both_services_have_the_shared_hardening(name: str) -> None:
    unit = (UNITS / name).read_text()
    hardening = (UNITS / "hardening.conf").read_text()
    assert write_units.hardened(unit, hardening) == unit, "run: python -m tests.deploy.write_units"
    assert "NoNewPrivileges=yes" in unit
    assert "UMask=0000" in write_units.hardened(unit, hardening.replace("UMask=0077", "UMask=0000"))


@needs_systemd
def test_verify_is_silent(root: Path) -> None:
    assert complaints(root) == ""


@needs_systemd
def test_verify_is_silent_with_a_screen(root: Path) -> None:
    for unit in NAMES[:2]:
        drop_in(root, "screen.conf", unit)
    assert complaints(root) == ""


@needs_systemd
def test_verify_only_misses_what_is_too_new_for_it(root: Path) -> None:
    """Ansible installs this drop-in where systemd is 254 or later; an earlier one knows all but two of its keys."""
    drop_in(root, "backoff.conf")
    unknown = re.findall(r"Unknown key.*?'(\w+)'", complaints(root))
    assert unknown == ([] if version() >= 254 else ["RestartSteps", "RestartMaxDelaySec"])


@needs_systemd
def test_verify_would_speak(root: Path) -> None:
    unit = root / "etc/systemd/system" / NAMES[0]
    unit.write_text(unit.read_text().replace("WatchdogSec=", "WatchdogSeconds="))
    assert "WatchdogSeconds" in complaints(root)


@needs_systemd
@pytest.mark.parametrize("name", NAMES[:2])
def test_exposure(name: str) -> None:
    assert exposure(UNITS / name) <= EXPOSURE


@needs_systemd
@pytest.mark.parametrize(
    "name",
    ["art-installation-visitors.service", "art-installation-technician.service", "art-installation-souvenirs.service"],
)
def test_the_hubs_services_can_do_little(name: str) -> None:
    assert exposure(HUB / name) <= EXPOSURE


@pytest.mark.parametrize("unit", sorted([*UNITS.glob("*.service"), *HUB.iterdir()]))
def test_nothing_is_written_to_swap(unit: Path) -> None:
    """A frame in the mirror's memory would be on the card then, and a broker under attack would wear it out."""
    assert re.search(r"^MemoryMax=\d+M$", unit.read_text(), re.MULTILINE)
    assert re.search(r"^MemorySwapMax=0$", unit.read_text(), re.MULTILINE)


def test_starts_without_a_network() -> None:
    assert not re.search(r"^(After|Wants|Requires)=.*network", (UNITS / NAMES[0]).read_text(), re.MULTILINE)


def test_every_device_class_has_its_group() -> None:
    members = set(re.findall(r"^m art-installation (\w+)$", (UNITS / "sysusers.conf").read_text(), re.MULTILINE))
    assert members == {"video", "render", "input", "gpio"}


def test_no_library_caches_on_the_card() -> None:
    """A power cut leaves half-written what others write without care."""
    text = (UNITS / NAMES[0]).read_text()
    assert "RuntimeDirectory=art-installation\n" in text
    assert "MESA_SHADER_CACHE_DIR=/run/art-installation\n" in text
