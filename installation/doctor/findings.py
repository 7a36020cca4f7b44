"""What a full examination found, as a file for those who were not there."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from installation.doctor.check import Check
from installation.doctor.heat import Sample
from installation.files import whole_file


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything, in the order in which it was done."""

    installation: str
    date: str
    machine: Mapping[str, str]
    checks: Sequence[Check]
    """Of the ordinary examination."""
    walk: Sequence[Check]
    """Camera, screen, buttons, speed and heat, as they were tried."""
    heat: Sequence[Sample] = ()
    run: object = None
    """What ``run --report`` would write about the minutes of painting."""


def write(findings: Findings, path: Path) -> None:
    """Write it as JSON, whole or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    with whole_file(path) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(findings), indent=2) + b"\n")
