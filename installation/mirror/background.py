"""Background tasks: slow work in a thread of its own, whose result is polled."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from installation.errors import InstallationError

T = TypeVar("T")


class BackgroundTask(Generic[T]):
    """Runs ``work`` in a daemon thread, which never keeps the process alive."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: T | None = None
        self._error: InstallationError | None = None
        self._thread = threading.Thread(target=self._run, name="task", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether `result` returns at once."""
        return not self._thread.is_alive()

    def result(self) -> T | None:
        """The result of the work; waits for it.

        Raises:
            InstallationError: the work failed.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._work()
        except InstallationError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001 - reported to whoever asked, never lost in a thread
            self._error = InstallationError(f"unexpected {type(error).__name__}: {error}; see the log")
