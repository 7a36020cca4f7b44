"""Prints a lock of a folder of wheels, as pip reads it: each distribution's one version, with its hash.

``python lock.py FOLDER``. The installation's own wheel is left out: its hash is that of its release.
"""

import hashlib
import re
import sys
from pathlib import Path

OWN = "art-installation"


def locked(wheel: Path) -> str:
    """``name==version --hash=sha256:…``."""
    name, version = wheel.name.split("-")[:2]
    return f"{normal(name)}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


def normal(name: str) -> str:
    """A distribution's name as every tool understands it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Print the lines in order."""
    lines = [locked(wheel) for wheel in Path(sys.argv[1]).glob("*.whl")]
    print("\n".join(sorted(line for line in lines if not line.startswith(f"{OWN}=="))))


if __name__ == "__main__":
    main()
