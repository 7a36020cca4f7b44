"""Releases to deploy: this repository's source, with another version and, if asked, with a fault in it."""

import os
import re
import shutil
from pathlib import Path

REPOSITORY = Path(os.environ.get("ART_FLEET_SOURCE") or Path(__file__).resolve().parents[3])
"""What is deployed; the variable is for work on the harness itself."""

PARTS = ("installation", "styles", "systemd", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", "setup.py")
SLOW = """

def _slow(paint):
    def painting(*args, **kwargs):
        import time

        time.sleep(1.0)
        return paint(*args, **kwargs)

    return painting


Painter.paint = _slow(Painter.paint)
"""
"""Appended to the painter: a release that starts, and paints one picture a second."""


def source(folder: Path, version: str, fault: str = "") -> Path:
    """A copy of the source with this version."""
    target = folder / f"source-{version}"
    target.mkdir()
    for name in PARTS:
        part = REPOSITORY / name
        if part.is_dir():
            shutil.copytree(part, target / name, ignore=shutil.ignore_patterns("__pycache__", "training", "sheets"))
        elif part.exists():
            shutil.copy(part, target)
    project = target / "pyproject.toml"
    project.write_text(re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', project.read_text(), count=1))
    if fault:
        painter = target / "installation/painter/live.py"
        painter.write_text(painter.read_text() + fault)
    return target
