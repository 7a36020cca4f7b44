"""Stores the timings in the state folder, so that a later start can reuse them."""

import contextlib
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from installation.errors import OutputError
from installation.files import read_regular, whole_file
from installation.frame import PictureSize, edges
from installation.network.runtime import Choice, cpu_threads
from installation.network.timing import Timing

FILE_NAME: Final = "tuning.json"

_MAX_BYTES: Final = 1 << 18
_MAX_ENTRIES: Final = 16


@dataclass(frozen=True)
class TuningKey:
    """What a timing is valid for: the network's hash, picture size, CPU model, number of CPUs, and all candidates."""

    network: str
    size: PictureSize
    cpu: str
    cpus: int
    candidates: tuple[Choice, ...]

    @classmethod
    def here(cls, network: str, size: int | PictureSize, candidates: Sequence[Choice]) -> "TuningKey":
        """The key for this machine."""
        return cls(network, edges(size), cpu_model(), cpu_threads(), tuple(candidates))


@dataclass(frozen=True)
class TuningEntry:
    """One stored timing."""

    key: TuningKey
    choice: Choice | None
    """None if no candidate can run the network on this machine."""
    timings: tuple[Timing, ...]


class TuningCache:
    """The timings stored in the folder ``state``; without a folder nothing is stored. Never raises."""

    def __init__(self, state: Path | None) -> None:
        self._path = state / FILE_NAME if state is not None else None

    def get(self, key: TuningKey) -> TuningEntry | None:
        """The timing for ``key``; None if there is none, or if the file is unreadable or damaged."""
        return next((entry for entry in self._read() if entry.key == key), None)

    def latest(self, network: str, candidates: Sequence[Choice]) -> TuningEntry | None:
        """The last timing of this network and these candidates on this machine, at any size; None if there is none."""
        here = TuningKey.here(network, 0, candidates)
        kept = [entry for entry in self._read() if replace(entry.key, size=here.size) == here]
        return kept[-1] if kept else None

    def crashed(self, network: str) -> tuple[Timing, ...]:
        """The candidates that crashed with this network on this CPU model, at any size."""
        here = cpu_model()
        entries = [entry for entry in self._read() if (entry.key.network, entry.key.cpu) == (network, here)]
        return tuple(timing for entry in entries for timing in entry.timings if timing.verdict == "crashed")

    def ran(self, network: str, size: PictureSize, choice: Choice) -> bool:
        """Whether this network has painted with this choice at this size on this CPU model."""
        here = cpu_model()
        return any(
            timing.choice == choice and timing.frames
            for entry in self._read()
            if (entry.key.network, entry.key.size, entry.key.cpu) == (network, size, here)
            for timing in entry.timings
        )

    def put(self, key: TuningKey, choice: Choice | None, timings: Sequence[Timing]) -> None:
        """Store a timing in place of an earlier one for ``key``; if the folder cannot be written, do nothing."""
        if self._path is None:
            return
        others = [entry for entry in self._read() if entry.key != key]
        entries = [*others[-(_MAX_ENTRIES - 1) :], TuningEntry(key, choice, tuple(timings))]
        # If it cannot be stored, each start takes three seconds longer, but still succeeds.
        with contextlib.suppress(OutputError), whole_file(self._path) as temporary:
            temporary.write_bytes(msgspec.json.format(msgspec.json.encode(entries), indent=1))

    def _read(self) -> list[TuningEntry]:
        if self._path is None:
            return []
        try:
            data = read_regular(self._path, _MAX_BYTES)
            return msgspec.json.decode(data, type=list[TuningEntry])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return []


def cpu_model() -> str:
    """Name of the CPU (on a Pi: of the board), as the system reports it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    return fields.get("Model") or fields.get("model name") or platform.processor() or platform.machine()
