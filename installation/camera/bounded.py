"""Calls a driver with a time limit: the call may never return, the caller always does."""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from installation.errors import CameraTimeout

Result = TypeVar("Result")

_log = logging.getLogger(__name__)


class Bounded:
    """Runs calls one after the other in a daemon thread, and waits for each at most a given time.

    A call that does not return blocks the thread, and the calls after it wait. ``finish`` abandons such a thread, with
    a last call that cleans up if the driver ever returns.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._abandoned = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def hung(self) -> bool:
        """Whether the thread was abandoned and its driver has not returned since."""
        return self._abandoned and self._thread.is_alive()

    def call(self, function: Callable[[], Result], timeout: float, problem: str) -> Result:
        """Return what ``function`` returns or raise what it raises.

        Raises:
            CameraTimeout: with ``problem`` as message, when it has not returned within ``timeout`` seconds.
        """
        future: Future[Result] = Future()
        self._calls.put((future, function))
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        if not done.wait(timeout):
            raise CameraTimeout(problem)
        return future.result()

    def finish(self, clean_up: Callable[[], object], timeout: float) -> bool:
        """Make a last call and end the thread; False when the thread hangs and is abandoned."""
        self._calls.put((Future(), clean_up))
        self._calls.put(None)
        self._thread.join(timeout)
        self._abandoned = self._thread.is_alive()
        if self._abandoned:
            _log.warning("%s does not return from its driver: its thread is left behind", self._name)
        return not self._abandoned

    def _run(self) -> None:
        while (item := self._calls.get()) is not None:
            future, function = item
            try:
                future.set_result(function())
            except Exception as error:  # noqa: BLE001 - handed to the caller
                future.set_exception(error)
