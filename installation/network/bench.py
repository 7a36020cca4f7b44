"""The table of `bench`: every way to run the network here, timed in turn, and another project's network to compare."""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from installation.network.peer import NAME, Peer
from installation.network.probe import probe_vectors, sample_picture
from installation.network.runtime import InferenceSession
from installation.network.sizes import check_size
from installation.network.tflite import NetworkFile
from installation.network.timing import Timing, Verdict, measure
from installation.network.tuning import candidates
from installation.settings import NetworkSettings

SECONDS: Final = 8.0


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One way to run the network, or the peer (``weights`` "float32"). Times are in milliseconds per frame.

    ``verdict`` is as in `installation.network.timing.Timing`; ``problem`` is a sentence when it is not "ok".
    """

    runtime: str
    version: str
    weights: str
    threads: int
    frames: int
    median_ms: float
    p95_ms: float
    verdict: Verdict = "ok"
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """The whole table, in order of preference, at one picture size (edge in pixels).

    ``ratio`` says how many times the peer's median is that of the fastest row on one thread; None without the peer.
    """

    size: int
    rows: tuple[BenchRow, ...]
    peer: BenchRow | None
    ratio: float | None


def bench(
    file: NetworkFile,
    settings: NetworkSettings,
    size: int,
    seconds: float = SECONDS,
    *,
    vector: NDArray[np.float32] | None = None,
) -> Bench:
    """Time the candidates that ``settings`` leave open for about ``seconds``, and the peer in turn with them.

    Raises:
        RuntimeMissing: no runtime is installed, or not the one that the settings ask for.
        UsageError: the size cannot be painted.
    """
    edges = check_size(size)
    peer = Peer.find(sample_picture(*edges))
    peer_seconds: list[float] = []
    timings = measure(
        candidates(settings),
        lambda choice: InferenceSession(file, choice, edges),
        edges,
        vectors=probe_vectors(file.vector_length, vector),
        budget=seconds,
        keep_all=True,
        between=(lambda: peer_seconds.append(_timed(peer))) if peer else None,
    )
    rows = tuple(_row(timing) for timing in timings)
    peer_row = _peer_row(peer.version, peer_seconds) if peer and peer_seconds else None
    single = [row.median_ms for row in rows if row.threads == 1 and row.verdict == "ok" and row.frames]
    ratio = peer_row.median_ms / min(single) if peer_row and single else None
    return Bench(size, rows, peer_row, ratio)


def _timed(peer: Peer) -> float:
    start = time.perf_counter()
    peer.paint()
    return time.perf_counter() - start


def _row(timing: Timing) -> BenchRow:
    choice = timing.choice
    return BenchRow(
        choice.runtime,
        choice.version,
        choice.weights,
        choice.threads,
        timing.frames,
        timing.median_ms,
        timing.p95_ms,
        timing.verdict,
        timing.problem,
    )


def _peer_row(version: str, seconds: list[float]) -> BenchRow:
    median, p95 = np.percentile(np.array(seconds) * 1e3, (50, 95))
    return BenchRow(NAME, version, "float32", 1, len(seconds), float(median), float(p95))
