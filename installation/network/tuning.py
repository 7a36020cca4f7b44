"""Chooses the fastest way to run the network on this machine: times it at start, or reuses an earlier timing."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from installation.errors import NetworkFileError, RuntimeMissing
from installation.frame import PictureSize
from installation.network.probe import probe_vectors
from installation.network.runtime import Choice, WeightForm, cpu_threads, runtimes
from installation.network.sizes import CLASSES, check_size
from installation.network.tflite import SIZE, NetworkFile
from installation.network.timing import Timing
from installation.network.trial import measure_apart
from installation.network.tuning_cache import TuningCache, TuningKey
from installation.settings import NetworkSettings

BUDGET: Final = 3.0
"""Seconds that the timing at start may take."""

_GLANCE: Final = 0.3
"""Seconds for trying one choice at another size."""

MAX_THREADS: Final = 4

_WORTH: Final = 1.1
"""A later candidate must be this many times faster than an earlier one: its extra threads slow the camera down."""

_HEADROOM: Final = 0.5
"""Share of a frame's time that the network may take when the class is chosen automatically.

Camera, noise filter, canvas, screen and the other work of the daemon need the rest.
"""


@dataclass(frozen=True, slots=True)
class Tuning:
    """The choice, the timings that it is based on, and whether these come from an earlier start."""

    choice: Choice
    timings: tuple[Timing, ...]
    cached: bool

    @property
    def frame_ms(self) -> float:
        """Steady time of the choice in milliseconds per frame; see `Timing`. 0 if it was not timed."""
        return next((timing.steady_ms for timing in self.timings if timing.choice == self.choice), 0.0)


def tune(
    file: NetworkFile,
    settings: NetworkSettings,
    size: int | PictureSize,
    state: Path | None,
    *,
    vector: NDArray[np.float32] | None = None,
) -> Choice:
    """The fastest way to run ``file`` here; see `tuning_table`."""
    return tuning_table(file, settings, size, state, vector=vector).choice


def tuning_table(
    file: NetworkFile,
    settings: NetworkSettings,
    size: int | PictureSize,
    state: Path | None,
    budget: float = BUDGET,
    *,
    vector: NDArray[np.float32] | None = None,
) -> Tuning:
    """Time the candidates that ``settings`` leave open, at most about ``budget`` seconds in all.

    A child process tries them, so that a candidate that crashes or hangs does no harm: it is excluded, and a crash is
    remembered. The result is kept in the folder ``state`` and reused for the same network, runtimes, CPU, size and
    settings. If the folder is damaged or cannot be written, the candidates are timed again at each start. ``vector`` is
    a style vector that fits the network.

    Raises:
        RuntimeMissing: no runtime is installed, or not the one that the settings ask for.
        NetworkFileError: no candidate can run the network, or the network is dead.
        UsageError: the size cannot be painted.
    """
    edges = check_size(size)
    possible = candidates(settings)
    # A single candidate is tried too: nothing runs in this process before it has run in a child process.
    return _tried(file, possible, edges, TuningCache(state), vector, budget if len(possible) > 1 else budget / 3)


def make_sure(
    file: NetworkFile,
    choice: Choice,
    size: PictureSize,
    state: Path | None,
    *,
    vector: NDArray[np.float32] | None = None,
) -> None:
    """Make sure that the network runs with ``choice`` at this size: try it in a child process, unless it ran before.

    Raises:
        NetworkFileError: it fails, crashes or hangs, or it crashed in an earlier trial.
        UsageError: the size cannot be painted.
    """
    edges, cache = check_size(size), TuningCache(state)
    if not cache.ran(file.sha256, edges, choice):
        _tried(file, (choice,), edges, cache, vector, _GLANCE)


def _tried(
    file: NetworkFile,
    possible: tuple[Choice, ...],
    edges: PictureSize,
    cache: TuningCache,
    vector: NDArray[np.float32] | None,
    budget: float,
) -> Tuning:
    key = TuningKey.here(file.sha256, edges, possible)
    kept = cache.get(key)
    if kept is not None and kept.choice in possible:
        return Tuning(kept.choice, kept.timings, cached=True)
    # Candidates that crashed with this network before are not tried again.
    known = {timing.choice: timing for timing in cache.crashed(file.sha256)}
    fresh = [choice for choice in possible if choice not in known]
    if fresh:
        vectors = probe_vectors(file.vector_length, vector)
        known |= {t.choice: t for t in measure_apart(file, fresh, edges, vectors=vectors, budget=budget)}
    timings = tuple(known[choice] for choice in possible)
    try:
        choice = choose(timings)
    except NetworkFileError:
        if any(timing.verdict == "crashed" for timing in timings):
            cache.put(key, None, timings)
        raise
    cache.put(key, choice, timings)
    return Tuning(choice, timings, cached=False)


def candidates(settings: NetworkSettings) -> tuple[Choice, ...]:
    """Every combination of runtime, weight form and threads that ``settings`` allow, in order of preference.

    Raises:
        RuntimeMissing: no runtime is installed, or not the one that the settings ask for.
    """
    installed = [runtime for runtime in runtimes() if settings.runtime in ("auto", runtime.name)]
    if not installed and settings.runtime != "auto":
        raise RuntimeMissing(
            f"{settings.runtime} is not installed here, or not for this numpy; set network.runtime to auto"
        )
    if not installed:
        raise RuntimeMissing("no runtime for the network is installed; run: pip install ai-edge-litert")
    both: tuple[WeightForm, ...] = ("int8", "int4")
    forms = both if settings.weights == "auto" else (settings.weights,)
    threads = (settings.threads,) if settings.threads else thread_counts(cpu_threads())
    return tuple(
        Choice(runtime.name, runtime.version, form, count)
        for count in threads
        for runtime in installed
        for form in forms
    )


def thread_counts(cpus: int) -> tuple[int, ...]:
    """The thread counts to time on a machine with ``cpus`` CPUs."""
    return tuple(sorted({1, min(2, cpus), min(MAX_THREADS, cpus)}))


def choose(timings: Iterable[Timing]) -> Choice:
    """The first candidate that is about as fast as the fastest: the fastest must not beat it by more than `_WORTH`.

    Raises:
        NetworkFileError: no candidate painted a sound picture.
    """
    timings = tuple(timings)
    painted = [timing for timing in timings if timing.verdict == "ok" and timing.frames]
    if not painted:
        problem = next((timing.problem for timing in timings if timing.problem), "none could be timed in time")
        raise NetworkFileError(f"the network runs in no runtime here: {problem}")
    fastest = min(timing.steady_ms for timing in painted)
    return next(timing.choice for timing in painted if timing.steady_ms <= fastest * _WORTH)


def starting_class(
    file: NetworkFile,
    settings: NetworkSettings,
    fps: float,
    state: Path | None,
    vector: NDArray[np.float32] | None = None,
) -> int:
    """The cost class to begin with: ``settings.size``, or for "auto" the largest that should reach ``fps``.

    The time that the network takes at class 256 is scaled by the number of pixels. If no class is fast enough, it is
    the smallest.
    """
    if settings.size != "auto":
        return settings.size
    frame_ms = tuning_table(file, settings, SIZE, state, vector=vector).frame_ms
    allowed = 1000.0 / fps * _HEADROOM
    return max((one for one in CLASSES if frame_ms * (one / SIZE) ** 2 <= allowed), default=CLASSES[0])
