"""``python -m tests.coverage_floor coverage.json``: is any file tested too little, however well the rest is?

The floor for the whole is ``fail_under`` in pyproject.toml.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FLOOR: Final = 70.0
"""Per cent of a file's lines and branches."""


def too_low(report: Mapping[str, Any]) -> list[str]:
    """A line for each file below the floor, the lowest first; ``report`` is coverage's own JSON."""
    covered = {name: float(file["summary"]["percent_covered"]) for name, file in report["files"].items()}
    low = sorted((percent, name) for name, percent in covered.items() if percent < FLOOR)
    return [f"{percent:.0f} % of {name} is tested, and {FLOOR:.0f} % are needed" for percent, name in low]


def main(path: str) -> int:
    """Print what is too low; returns the exit status."""
    report = json.loads(Path(path).read_text(encoding="utf-8"))
    found = too_low(report)
    print("\n".join(found) or f"{report['totals']['percent_covered']:.1f} % in all, no file below {FLOOR:.0f} %")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
