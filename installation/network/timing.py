"""Compares the speed of candidates: each paints one frame in turn; clearly slower ones are dropped early."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from installation.errors import NetworkFileError, RuntimeMissing
from installation.frame import Pixels
from installation.network.probe import SupportsRun, difference, probe, sample_picture
from installation.network.runtime import Choice

Verdict = Literal["ok", "slower", "wrong", "failed", "crashed", "not timed"]
Open = Callable[[Choice], SupportsRun]

SOUND: Final = 6.0
"""Largest mean difference, of 255, between the pictures that two sound candidates paint of one frame.

XNNPACK rounds differently from the built-in kernels, and each AdaIN amplifies that: the difference reaches about 1.5.
A broken runtime paints a different picture: the difference is about 45.
"""

_SLOWER: Final = 1.3
"""A candidate whose best frame takes this many times the steady time of another is dropped.

The best frames of both are not compared: with two threads on a busy machine a few frames are fast, most are slow.
"""

_FIRST_FRAMES: Final = 4
_ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class Timing:
    """One candidate's result. Times are in milliseconds per frame, 0 when no frame was timed.

    ``steady_ms`` is the 75th percentile: unlike the median it shows when many frames are late, and unlike the 95th it
    ignores a single slow frame.

    ``verdict`` is "ok", "slower" (dropped early), "wrong" (its picture differs from the others'), "failed" or "crashed"
    (``problem`` says how; a crash is remembered) or "not timed" (the budget was used up before).
    """

    choice: Choice
    verdict: Verdict
    frames: int = 0
    median_ms: float = 0.0
    steady_ms: float = 0.0
    p95_ms: float = 0.0
    problem: str = ""


class _Run:
    """The state of one candidate while it is timed."""

    def __init__(self, choice: Choice, room: tuple[int, int]) -> None:
        self.choice = choice
        self.painter: SupportsRun | None = None
        self.picture = np.empty((*room, 3), np.uint8)
        self.seconds: list[float] = []
        self.verdict: Verdict = "not timed"
        self.problem = ""

    def leave(self, verdict: Verdict, problem: str = "") -> None:
        self.painter = None  # frees the arena
        self.verdict, self.problem = verdict, problem

    def timing(self) -> Timing:
        if not self.seconds:
            return Timing(self.choice, self.verdict, problem=self.problem)
        median, steady, p95 = (float(ms) for ms in np.percentile(np.array(self.seconds) * 1e3, (50, 75, 95)))
        return Timing(self.choice, self.verdict, len(self.seconds), median, steady, p95, self.problem)


def measure(
    candidates: Sequence[Choice],
    open_painter: Open,
    size: tuple[int, int],
    *,
    vectors: list[NDArray[np.float32]],
    budget: float,
    keep_all: bool = False,
    between: Callable[[], object] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Timing, ...]:
    """Time each candidate at ``size`` (height, width) for at most about ``budget`` seconds in all.

    Candidates are tried until one paints. That may overrun the budget, as may opening one and painting one frame. With
    ``keep_all`` slow candidates are not dropped, and there is at least one round. ``between`` is called once per round,
    so that the caller can time something else under the same conditions. The first of ``vectors`` is the style that is
    timed.
    """
    deadline = clock() + budget
    frame, spare = sample_picture(*size), np.empty((*size, 3), np.uint8)
    runs = [_Run(choice, size) for choice in candidates]

    def paint(run: _Run) -> None:
        if run.painter is not None:
            start = clock()
            run.painter.run(frame, vectors[0], spare)
            run.seconds.append(clock() - start)

    for run in runs:
        # One that paints is needed, however busy the machine is.
        if clock() >= deadline and any(one.painter is not None for one in runs):
            break
        _start(run, open_painter, vectors, spare)
        for count in range(_FIRST_FRAMES):
            paint(run)
            # Two frames are enough to recognise a hopeless candidate; the others get its time.
            if count and not keep_all:
                _drop_slow(runs)
    _drop_wrong(runs)
    active = [run for run in runs if run.painter is not None]
    rounds = 0
    while active and (clock() < deadline or (keep_all and not rounds)) and (keep_all or rounds < _ROUNDS):
        rounds += 1
        for run in active:
            paint(run)
        if between is not None:
            between()
        if not keep_all:
            _drop_slow(active)
        active = [run for run in active if run.painter is not None]
    return tuple(run.timing() for run in runs)


def _start(run: _Run, open_painter: Open, vectors: list[NDArray[np.float32]], spare: Pixels) -> None:
    try:
        run.painter = open_painter(run.choice)
        probe(run.painter, vectors, run.picture, spare)
        run.verdict = "ok"
    except (NetworkFileError, RuntimeMissing) as error:
        run.leave("failed", str(error))


def _drop_slow(runs: Sequence[_Run]) -> None:
    steady = min((float(np.percentile(run.seconds, 75)) for run in runs if run.verdict == "ok"), default=0.0)
    for run in runs:
        if run.verdict == "ok" and min(run.seconds) > steady * _SLOWER:
            run.leave("slower")


def _drop_wrong(runs: Sequence[_Run]) -> None:
    """Keep the largest group of candidates whose pictures agree; of groups of equal size, the first."""
    painted = [run for run in runs if run.verdict in ("ok", "slower")]
    groups = [[one for one in painted if difference(one.picture, run.picture) <= SOUND] for run in painted]
    agreed = max(groups, key=len, default=[])
    for run in painted:
        if run not in agreed:
            run.leave("wrong", f"its picture differs from the others' by more than {SOUND:g} of 255 on average")
