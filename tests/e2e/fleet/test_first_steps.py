"""What a technician's first commands say before anything is ready: no device is reached, nothing is written."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from .ansible import DEPLOY, Technician, tool

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

PLAYBOOKS = ("site", "hub", "update", "rollback", "collection", "status")


def here(words: Sequence[object]) -> Sequence[object]:
    return words


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    if tool() is None:
        pytest.skip("ansible-playbook is not installed (pip install ansible-core, in .venv-ansible)")
    return Path(shutil.copytree(DEPLOY / "inventories/example", tmp_path / "gallery"))


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_the_examples_addresses_are_refused(inventory: Path, tmp_path: Path, playbook: str) -> None:
    output = Technician(inventory, tmp_path, here).play(playbook, check=False, timeout=100).output
    assert "is nobody's address. Copy inventories/example" in " ".join(output.split())
    assert "UNREACHABLE" not in output
    assert not (inventory / "secrets").exists()


@pytest.mark.parametrize("playbook", ["site", "hub", "update"])
def test_a_release_is_asked_for_before_a_device_is_reached(inventory: Path, tmp_path: Path, playbook: str) -> None:
    for file in (inventory / "hosts.yml", inventory / "group_vars/all.yml"):
        file.write_text(file.read_text().replace("192.0.2.", "127.0.0."))
    technician = Technician(inventory, tmp_path, here)
    output = technician.play(playbook, check=False, timeout=100, installation_wheelhouse=str(tmp_path / "none")).output
    assert "holds no release. Run playbooks/wheelhouse.yml first" in " ".join(output.split())
    assert "UNREACHABLE" not in output
    assert not (inventory / "secrets").exists()
