"""What counts as a root that a power cut has damaged."""

import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.image import card

from .disk import check_root

pytestmark = pytest.mark.e2e


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    missing = [package for program, package in card.PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: apt install {' '.join(missing)}")
    root, boot = tmp_path / "root", tmp_path / "boot"
    root.mkdir()
    boot.mkdir()
    (root / "file").write_text("text" * 4096)
    return card.write_card(tmp_path / "card.img", root, boot)


def test_a_whole_root(disk: Path, tmp_path: Path) -> None:
    assert check_root(disk, tmp_path) == ""


def test_a_root_with_a_lost_file(disk: Path, tmp_path: Path) -> None:
    place = f"{disk}?offset={card.ROOT_START}"
    subprocess.run(["debugfs", "-w", "-R", "clri /file", place], check=True, capture_output=True)
    assert "file" in check_root(disk, tmp_path)
