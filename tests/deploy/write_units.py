"""Copies ``hardening.conf`` into both services: ``python -m tests.deploy.write_units``. A test compares.

The units stay complete files of their own, rather than share a drop-in: a drop-in that was not linked on a device would
leave its services without protection, and nothing would tell.
"""

import re
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / "systemd"
UNITS: Final = ("art-installation.service", "art-installation-card.service")
_BLOCK: Final = re.compile(
    r"(?<=^# From hardening\.conf;)(.*?\n).*?(?=^# End of hardening\.conf$)", re.DOTALL | re.MULTILINE
)


def hardened(unit: str, hardening: str) -> str:
    """The unit's text with the lines of ``hardening``, without its first comment, between its two markers.

    Raises:
        ValueError: the unit does not have the two markers once.
    """
    lines = hardening.partition("\n")[2]
    text, count = _BLOCK.subn(lambda found: found[1] + lines, unit)
    if count != 1:
        raise ValueError("the unit needs the lines '# From hardening.conf; …' and '# End of hardening.conf' once")
    return text


def main() -> None:
    """Write both units."""
    hardening = (FOLDER / "hardening.conf").read_text(encoding="utf-8")
    for name in UNITS:
        path = FOLDER / name
        path.write_text(hardened(path.read_text(encoding="utf-8"), hardening), encoding="utf-8")


if __name__ == "__main__":
    main()
