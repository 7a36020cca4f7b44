"""What counts as a root that a power cut has damaged."""

import subprocess
from pathlib import Path

import pytest

from deploy.image import card
from tests.e2e.fleet.shell import run

from .disk import examined_root
from .small import small_disk

pytestmark = pytest.mark.e2e


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    return small_disk(tmp_path, {"file": b"text" * 4096}, {}, {})


def test_a_whole_root(disk: Path, tmp_path: Path) -> None:
    with examined_root(disk, tmp_path) as root:
        assert (root / "file").read_text() == "text" * 4096


def test_a_root_with_a_lost_file(disk: Path, tmp_path: Path) -> None:
    place = f"{tmp_path / 'card.img'}?offset={card.ROOT_START}"
    subprocess.run(["debugfs", "-w", "-R", "clri /file", place], check=True, capture_output=True)
    run(["qemu-img", "convert", "-O", "qcow2", tmp_path / "card.img", disk])
    with pytest.raises(AssertionError, match="file"), examined_root(disk, tmp_path):
        pass
