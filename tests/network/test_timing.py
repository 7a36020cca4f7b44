"""The timing, with painters that take a time of their own on a clock of their own."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from installation.errors import NetworkFileError
from installation.frame import Pixels
from installation.network.runtime import Choice
from installation.network.timing import Timing, measure


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakePainter:
    clock: Clock
    seconds: float
    shift: int = 0
    size: tuple[int, int] = (64, 64)
    frames: int = field(default=0)

    def run(self, pixels: Pixels, vector: NDArray[np.float32], out: Pixels) -> None:
        self.clock.now += self.seconds
        self.frames += 1
        np.copyto(out, 0 if self.shift < 0 else pixels // 2 + self.shift)


def _choice(threads: int) -> Choice:
    return Choice("litert", "1", "int8", threads)


def _measure(painters: list[FakePainter], clock: Clock, budget: float = 3.0, keep_all: bool = False) -> list[Timing]:
    def open_painter(choice: Choice) -> FakePainter:
        painter = painters[choice.threads - 1]
        if painter.seconds < 0:
            raise NetworkFileError("refused")
        return painter

    candidates = [_choice(index + 1) for index in range(len(painters))]
    vectors = [np.ones(4, np.float32)]
    return list(
        measure(candidates, open_painter, (64, 64), vectors=vectors, budget=budget, keep_all=keep_all, clock=clock)
    )


def test_slow_ones_leave_early() -> None:
    clock = Clock()
    painters = [FakePainter(clock, 0.004), FakePainter(clock, 0.010), FakePainter(clock, 0.0045)]
    timings = _measure(painters, clock)
    assert [timing.verdict for timing in timings] == ["ok", "slower", "ok"]
    assert timings[0].frames > 10 > timings[1].frames
    assert abs(timings[0].median_ms - 4) < 1e-6
    assert clock.now < 0.5


def test_an_early_slow_one_leaves_when_a_faster_comes() -> None:
    clock = Clock()
    timings = _measure([FakePainter(clock, 0.02), FakePainter(clock, 0.004)], clock)
    assert [timing.verdict for timing in timings] == ["slower", "ok"]


def test_the_budget_holds() -> None:
    clock = Clock()
    timings = _measure([FakePainter(clock, 0.3) for _ in range(6)], clock, budget=3.0)
    assert clock.now <= 3.0 + 6 * 0.3 + 1e-9
    assert [timing.verdict for timing in timings].count("not timed") >= 3
    assert all(timing.frames == 0 for timing in timings if timing.verdict == "not timed")


def test_a_dead_one_fails() -> None:
    clock = Clock()
    timings = _measure([FakePainter(clock, 0.01, shift=-1), FakePainter(clock, 0.02)], clock)
    assert [timing.verdict for timing in timings] == ["failed", "ok"]
    assert "dead" in timings[0].problem


def test_one_that_does_not_open_fails() -> None:
    clock = Clock()
    timings = _measure([FakePainter(clock, -1), FakePainter(clock, 0.02)], clock)
    assert [(timing.verdict, timing.problem) for timing in timings] == [("failed", "refused"), ("ok", "")]


def test_one_that_disagrees_is_wrong_however_fast() -> None:
    clock = Clock()
    painters = [FakePainter(clock, 0.004, shift=60), FakePainter(clock, 0.005), FakePainter(clock, 0.005, shift=1)]
    timings = _measure(painters, clock)
    assert [timing.verdict for timing in timings] == ["wrong", "ok", "ok"]


def test_keep_all_times_everyone_to_the_end() -> None:
    clock = Clock()
    timings = _measure([FakePainter(clock, 0.004), FakePainter(clock, 0.05)], clock, budget=2.0, keep_all=True)
    assert [timing.verdict for timing in timings] == ["ok", "ok"]
    assert timings[0].frames == timings[1].frames > 10


def test_a_hiccup_is_forgiven_but_many_are_not() -> None:
    clock = Clock()

    class Uneven(FakePainter):
        def run(self, pixels: Pixels, vector: NDArray[np.float32], out: Pixels) -> None:
            self.seconds = 0.004 if self.frames % 2 else 0.03
            super().run(pixels, vector, out)

    steady, uneven = _measure([FakePainter(clock, 0.006), Uneven(clock, 0.004)], clock)
    assert steady.verdict == "ok"
    assert steady.steady_ms < uneven.steady_ms


def test_a_machine_that_is_too_busy_to_time_anything_has_a_choice_all_the_same() -> None:
    clock = Clock()
    timings = _measure([FakePainter(clock, -1.0), FakePainter(clock, 0.5), FakePainter(clock, 0.1)], clock, budget=0.0)
    assert [timing.verdict for timing in timings] == ["failed", "ok", "not timed"]
