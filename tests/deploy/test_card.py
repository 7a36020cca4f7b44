"""A card for a Pi, laid out as its firmware wants it. What a whole one does is seen on an emulated machine."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.image import card

REPOSITORY = Path(__file__).resolve().parents[2]
KEY = "ssh-ed25519 AAAA technician"


def tool(*words: object) -> str:
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def programs() -> None:
    missing = [package for program, package in card.PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: apt install {' '.join(missing)}")


def test_a_card_holds_both_partitions(programs: None, tmp_path: Path) -> None:
    root, boot = tmp_path / "root", tmp_path / "boot"
    (root / "etc").mkdir(parents=True)
    (root / "etc/hostname").write_text("mirror\n")
    (boot / "overlays").mkdir(parents=True)
    (boot / "cmdline.txt").write_text("quiet\n")
    (boot / "overlays/one.dtbo").write_text("overlay")
    image = card.write_card(tmp_path / "card.img", root, boot)
    table = tool("sfdisk", "--dump", image)
    assert f"label-id: 0x{card.SIGNATURE}" in table
    assert f"start={card.BOOT_START // 512:>12}" in table
    assert f"start={card.ROOT_START // 512:>12}" in table
    first = f"{image}@@{card.BOOT_START}"
    assert tool("mtype", "-i", first, "::cmdline.txt") == "quiet\n"
    assert tool("mtype", "-i", first, "::overlays/one.dtbo") == "overlay"
    partition = tmp_path / "root.ext4"
    with image.open("rb") as file, partition.open("wb") as copy:
        file.seek(card.ROOT_START)
        shutil.copyfileobj(file, copy)
    assert tool("debugfs", "-R", "cat /etc/hostname", partition) == "mirror\n"
    assert not image.with_suffix(".boot").exists()


def test_a_card_asks_for_nothing_that_only_raspberry_pi_os_has() -> None:
    """Debian's mirror has neither: making the card ended with “Unable to locate package”."""
    packages = card.Recipe(KEY).all_packages()
    assert {"python3-lgpio", "python3-picamera2"}.isdisjoint(packages)
    assert {"linux-image-arm64", "raspi-firmware"} <= set(packages)


def test_what_the_firmware_wrote_moves_to_the_first_partition(tmp_path: Path) -> None:
    root, boot = tmp_path / "root", tmp_path / "boot"
    (root / "boot/firmware").mkdir(parents=True)
    (root / "etc/default").mkdir(parents=True)
    (root / "boot/firmware/config.txt").write_text("arm_64bit=1\n")
    (root / "etc/default/raspi-firmware").write_text("#ROOTPART=\n")
    card.take_boot(card.Recipe(KEY), root, boot)
    assert list((root / "boot/firmware").iterdir()) == []
    assert (boot / "config.txt").read_text().split() == ["arm_64bit=1", "dtoverlay=vc4-kms-v3d"]
    assert f"root=PARTUUID={card.SIGNATURE}-02" in (boot / "cmdline.txt").read_text()
    assert f"ROOTPART=PARTUUID={card.SIGNATURE}-02" in (root / "etc/default/raspi-firmware").read_text()
    assert (boot / card.NAME).read_text() == "mirror\n"


@pytest.mark.parametrize(
    ("key", "target", "says"),
    [("none.pub", "card.img", "cannot be read (No such file"), ("key.pub", "none/card.img", "there is no such folder")],
)
def test_what_is_not_there_is_said_in_one_sentence(
    programs: None, tmp_path: Path, key: str, target: str, says: str
) -> None:
    (tmp_path / "key.pub").write_text(KEY)
    words = [sys.executable, REPOSITORY / "deploy/image/card.py", "--key", tmp_path / key, tmp_path / target]
    done = subprocess.run([str(word) for word in words], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert says in done.stderr


def test_a_private_key_is_refused(programs: None, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    words = [sys.executable, REPOSITORY / "deploy/image/card.py", "--key", key, tmp_path / "card.img"]
    done = subprocess.run([str(word) for word in words], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no public key" in done.stderr
    assert not (tmp_path / "card.img").exists()
