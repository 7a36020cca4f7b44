"""Prints those lines of a lock that an environment still needs: what Debian's packages bring stays theirs.

After ``pip install --dry-run --report REPORT …``: ``python needed.py LOCK WHEEL REPORT``, with the release's own wheel.
What pip would install and the lock doesn't name, in that version, is an error.
"""

import hashlib
import json
import re
import sys
from pathlib import Path


def normal(name: str) -> str:
    """A distribution's name as every tool understands it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Returns the exit status."""
    locked = dict(line.split(" ", 1) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines() if line)
    own = Path(sys.argv[2])
    for step in json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))["install"]:
        name, version = normal(step["metadata"]["name"]), step["metadata"]["version"]
        if name == "art-installation":
            print(f"{name} @ file://{own} --hash=sha256:{hashlib.sha256(own.read_bytes()).hexdigest()}")
        elif f"{name}=={version}" in locked:
            print(f"{name}=={version} {locked[f'{name}=={version}']}")
        else:
            print(f"{name} {version} is not in the lock; run wheelhouse.yml again", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
