"""The findings of a full examination, as a file to send."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from installation.doctor.check import Check
from installation.doctor.heat import Sample
from installation.files import whole_file


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """All findings, in the order of the examination."""

    installation: str
    date: str
    machine: Mapping[str, str]
    checks: Sequence[Check]
    """Results of the ordinary examination."""
    walk: Sequence[Check]
    """Results for camera, screen, buttons, speed and heat."""
    heat: Sequence[Sample] = ()
    run: object = None
    """Report of the minutes of painting, as ``run --report`` writes it."""


def write(findings: Findings, path: Path) -> None:
    """Write it as JSON, completely or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    with whole_file(path) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(findings), indent=2) + b"\n")
