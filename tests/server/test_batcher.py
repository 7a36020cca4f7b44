"""Batches: how many, in which order, and what happens to those whose painting fails or who gave up."""

import asyncio
import threading
from dataclasses import replace

import numpy as np
import pytest

from installation.errors import NetworkFileError
from installation.server.batcher import Batcher
from installation.server.engine import Job
from installation.server.limits import Limits
from installation.server.metrics import Metrics

LIMITS = Limits(batch=4, batch_seconds=0.02)


def job(number: int, edge: int = 8) -> Job:
    return Job(np.full((edge, edge, 3), number, np.uint8), np.zeros(1, np.float32))


class Painter:
    """Returns what it gets, notes the batches, and may be held."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.free = threading.Event()
        self.free.set()
        self.error: Exception | None = None

    def paint(self, jobs):
        self.free.wait(10)
        self.batches.append([int(job.pixels[0, 0, 0]) for job in jobs])
        if self.error is not None:
            raise self.error
        return [job.pixels for job in jobs]


def painted(scenario, limits: Limits = LIMITS, painter: Painter | None = None):
    """Run a scenario with a batcher; the batches, as the numbers of their jobs."""
    painter = painter or Painter()

    async def run():
        async with Batcher(painter.paint, limits, Metrics()) as batcher:
            await asyncio.wait_for(scenario(batcher, painter), 20)

    asyncio.run(run())
    return painter.batches


def test_those_that_come_together_are_painted_together_in_order():
    async def scenario(batcher, _painter):
        pictures = await asyncio.gather(*(batcher.paint(job(number)) for number in range(10)))
        assert [int(picture[0, 0, 0]) for picture in pictures] == list(range(10))

    assert painted(scenario) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_one_alone_waits_only_briefly():
    async def scenario(batcher, _painter):
        await batcher.paint(job(1))

    assert painted(scenario) == [[1]]


def test_a_batch_has_no_more_pixels_than_allowed():
    async def scenario(batcher, _painter):
        await asyncio.gather(*(batcher.paint(job(number)) for number in range(5)))

    assert painted(scenario, replace(LIMITS, batch_pixels=2 * 64)) == [[0, 1], [2, 3], [4]]
    assert painted(scenario, replace(LIMITS, batch_pixels=1)) == [[0], [1], [2], [3], [4]]


@pytest.mark.parametrize(("gone", "left"), [(0, [2, 3]), (1, [1, 3])])
def test_who_gave_up_is_not_painted_and_the_others_are(gone, left):
    async def scenario(batcher, painter):
        painter.free.clear()
        first = asyncio.create_task(batcher.paint(job(0)))
        while batcher._waiting or not batcher._begun:
            await asyncio.sleep(0.01)
        others = [asyncio.create_task(batcher.paint(job(number))) for number in (1, 2, 3)]
        await asyncio.sleep(0.01)
        others.pop(gone).cancel()
        painter.free.set()
        await asyncio.gather(first, *others)

    assert painted(scenario) == [[0], left]


def test_a_failure_reaches_all_of_its_batch_and_none_after():
    async def scenario(batcher, painter):
        painter.error = NetworkFileError("no memory")
        results = await asyncio.gather(*(batcher.paint(job(n)) for n in range(3)), return_exceptions=True)
        assert [str(result) for result in results] == ["no memory"] * 3
        painter.error = None
        await batcher.paint(job(9))
        assert batcher.problem() == ""

    assert painted(scenario)[-1] == [9]


def test_a_stuck_batch_is_a_problem():
    async def scenario(batcher, painter):
        painter.free.clear()
        task = asyncio.create_task(batcher.paint(job(0)))
        while not batcher.problem():
            await asyncio.sleep(0.01)
        assert "too long" in batcher.problem()
        painter.free.set()
        await task
        assert batcher.problem() == ""

    painted(scenario, replace(LIMITS, paint_seconds=0.05))


def test_before_and_after_work_it_says_that_it_does_not_paint():
    async def run():
        batcher = Batcher(Painter().paint, LIMITS, Metrics())
        assert batcher.problem()
        async with batcher:
            assert not batcher.problem()
        assert batcher.problem()

    asyncio.run(run())


def test_those_who_wait_when_it_stops_hear_of_it():
    async def run():
        painter = Painter()
        async with Batcher(painter.paint, LIMITS, Metrics()) as batcher:
            painter.free.clear()
            tasks = [asyncio.create_task(batcher.paint(job(number))) for number in range(6)]
            await asyncio.sleep(0.05)
            painter.free.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(run())
    assert all(isinstance(result, np.ndarray | asyncio.CancelledError) for result in results)
    with pytest.raises(asyncio.CancelledError):
        raise results[-1]
