"""A disk without room, under all that writes a result."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.camera import bundled_clip
from tests.faults.daemon import ROOT
from tests.faults.record import Fault

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount: ../shared machines are root's"),
]


def on_full_disk(folder: Path, *command: str) -> tuple[int, str, list[str]]:
    """Run a command that writes into ``folder``, 16 KB large; its status, its words and what is left in the folder."""
    script = f'mount -t tmpfs -o size=16k none {folder} && "$@"; echo "status $?"; ls -A {folder}'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", sys.executable, "-m", "installation", *command],
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
        cwd=ROOT,
    )
    status, _, left = done.stdout.rpartition("status ")[2].partition("\n")
    return int(status), done.stderr, left.split()


def test_a_full_disk(tmp_path: Path, fault: Fault) -> None:
    fault.is_about("The disk is full under stylize (photo and clip), styles sheet and the report of run")
    photo, full = tmp_path / "photo.png", tmp_path / "full"
    noise = np.random.default_rng(1).integers(0, 255, (256, 256, 3)).astype(np.uint8)
    Image.fromarray(noise).save(photo)
    full.mkdir()
    run = ["run", "--display", "headless", "--camera", "synthetic", "--broker", "none", "--frames", "3"]
    commands = {
        "stylize a photo": ["stylize", str(photo), "--style", "great-wave", "-o", str(full)],
        "stylize a clip": ["stylize", str(bundled_clip()), "--style", "great-wave", "--size", "256", "-o", str(full)],
        "styles sheet": ["styles", "sheet", str(photo), "-o", str(full / "sheet.png")],
    }
    for name, command in commands.items():
        began = time.monotonic()
        status, words, left = on_full_disk(full, *command)
        assert status == 1, (name, words)
        assert "Traceback" not in words
        assert "No space left" in words or "cannot be written" in words, (name, words)
        assert left == [], (name, left)
        fault.took(name, time.monotonic() - began, 120)
    script_status, words, left = on_full_disk(full, *run, "--report", str(full / "report.json"))
    assert (script_status, left) in ((0, ["report.json"]), (1, [])), (words, left)
    fault.happened("status 1 and one sentence each time, nothing half-written")
