"""Gathers what many requests want painted into batches for one painting thread."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from installation.frame import Pixels
from installation.server.engine import Job
from installation.server.limits import Limits
from installation.server.metrics import Metrics


class Paints(Protocol):
    """Paints one job among others: the batcher here, or another that gathers batches in its own way."""

    async def __aenter__(self) -> "Paints":
        """Begin work."""
        ...

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        ...

    async def paint(self, job: Job) -> Pixels:
        """Paint; returns when the picture is done."""
        ...

    def problem(self) -> str:
        """What keeps it from painting; empty when it works."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    job: Job
    picture: "asyncio.Future[Pixels]"
    since: float


class Batcher:
    """Paints jobs in the order in which they came, as many together as the limits allow.

    A batch begins when it is full, or when its first job has waited for ``limits.batch_seconds``; while one is painted
    the next gathers. How many may wait is bounded by whoever calls `paint`.
    """

    def __init__(self, paint: Callable[[Sequence[Job]], list[Pixels]], limits: Limits, metrics: Metrics) -> None:
        self._paint, self._limits, self._metrics = paint, limits, metrics
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="painter")
        self._task: asyncio.Task[None] | None = None
        self._begun: float | None = None

    async def __aenter__(self) -> "Batcher":
        self._task = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for waiting in self._waiting:
            waiting.picture.cancel()
        self._waiting.clear()
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def paint(self, job: Job) -> Pixels:
        """Paint one job.

        Raises:
            NetworkFileError: the network fails.
        """
        waiting = _Waiting(job, asyncio.get_running_loop().create_future(), time.monotonic())
        self._waiting.append(waiting)
        self._metrics.waiting.set(len(self._waiting))
        self._arrived.set()
        # A caller that gives up cancels the future; the job is then left out.
        return await waiting.picture

    def problem(self) -> str:
        """Why it does not paint; empty when it does."""
        if self._task is None or self._task.done():
            return "the painting task has ended"
        if self._begun is not None and time.monotonic() - self._begun > self._limits.paint_seconds:
            return "one batch takes too long"
        return ""

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = await self._gathered()
            self._begun = time.monotonic()
            try:
                pictures = await loop.run_in_executor(self._thread, self._paint, [w.job for w in batch])
            except asyncio.CancelledError:
                for waiting in batch:
                    waiting.picture.cancel()
                raise
            except Exception as error:  # noqa: BLE001 - whatever happened, those who wait hear of it
                for waiting in batch:
                    if not waiting.picture.done():
                        waiting.picture.set_exception(error)
            else:
                for waiting, picture in zip(batch, pictures, strict=True):
                    if not waiting.picture.done():
                        waiting.picture.set_result(picture)
                self._metrics.batch(len(batch), time.monotonic() - self._begun)
            finally:
                self._begun = None

    async def _gathered(self) -> list[_Waiting]:
        """The next batch, taken out of the queue."""
        while True:
            given_up = [waiting for waiting in self._waiting if waiting.picture.done()]
            for waiting in given_up:
                self._waiting.remove(waiting)
            self._arrived.clear()
            if not self._waiting:
                await self._arrived.wait()
                continue
            left = self._waiting[0].since + self._limits.batch_seconds - time.monotonic()
            if left <= 0 or self._ready() < len(self._waiting) or self._ready() == self._limits.batch:
                batch = [self._waiting.popleft() for _ in range(self._ready())]
                self._metrics.waiting.set(len(self._waiting))
                return batch
            try:
                async with asyncio.timeout(left):
                    await self._arrived.wait()
            except TimeoutError:
                continue

    def _ready(self) -> int:
        """How many of those that wait fit into one batch."""
        pixels = 0
        for number, waiting in enumerate(self._waiting):
            height, width = waiting.job.pixels.shape[:2]
            pixels += height * width
            if number == self._limits.batch or (number and pixels > self._limits.batch_pixels):
                return number
        return len(self._waiting)
