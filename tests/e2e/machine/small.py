"""A card with hardly anything on it, as the disk of an emulated machine."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.image import card
from tests.e2e.fleet.shell import run


def small_disk(folder: Path, root: Mapping[str, bytes], boot: Mapping[str, bytes], programs: dict[str, str]) -> Path:
    """Make a disk in ``folder`` with these files on its two partitions; skip the test where that cannot be done.

    ``programs`` are what the test needs besides, each with its Debian package.
    """
    wanted = card.PROGRAMS | {"qemu-img": "qemu-utils"} | programs
    missing = [package for program, package in wanted.items() if shutil.which(program) is None]
    if os.geteuid() != 0:
        pytest.skip("mounting a disk and making a network need root")
    if missing:
        pytest.skip(f"not installed: apt install {' '.join(missing)}")
    for name, files in {"root": root, "boot": boot}.items():
        (folder / name).mkdir()
        for file, content in files.items():
            (folder / name / file).write_bytes(content)
    image = card.write_card(folder / "card.img", folder / "root", folder / "boot")
    run(["qemu-img", "convert", "-O", "qcow2", image, folder / "card.qcow2"])
    return folder / "card.qcow2"
