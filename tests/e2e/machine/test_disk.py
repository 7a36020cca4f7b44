"""What counts as a root that a power cut has damaged."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.image import card
from tests.e2e.fleet.shell import run

from .disk import examined_root

pytestmark = pytest.mark.e2e


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    wanted = card.PROGRAMS | {"qemu-img": "qemu-utils"}
    missing = [package for program, package in wanted.items() if shutil.which(program) is None]
    if os.geteuid() != 0:
        pytest.skip("mounting a disk needs root")
    if missing:
        pytest.skip(f"not installed: apt install {' '.join(missing)}")
    root, boot = tmp_path / "root", tmp_path / "boot"
    root.mkdir()
    boot.mkdir()
    (root / "file").write_text("text" * 4096)
    image = card.write_card(tmp_path / "card.img", root, boot)
    run(["qemu-img", "convert", "-O", "qcow2", image, tmp_path / "card.qcow2"])
    return tmp_path / "card.qcow2"


def test_a_whole_root(disk: Path, tmp_path: Path) -> None:
    with examined_root(disk, tmp_path) as root:
        assert (root / "file").read_text() == "text" * 4096


def test_a_root_with_a_lost_file(disk: Path, tmp_path: Path) -> None:
    place = f"{tmp_path / 'card.img'}?offset={card.ROOT_START}"
    subprocess.run(["debugfs", "-w", "-R", "clri /file", place], check=True, capture_output=True)
    run(["qemu-img", "convert", "-O", "qcow2", tmp_path / "card.img", disk])
    with pytest.raises(AssertionError, match="file"), examined_root(disk, tmp_path):
        pass
