"""Detects that somebody else uses our session on the broker: whoever knows its id can take it over."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

REMEMBERED_SECONDS: Final = 3600.0
TAKEN_OFTEN: Final = 2
"""One take-over may be our own: an abandoned connection that the broker still held."""
CUT_OFTEN: Final = 3
"""A broker that is stopped sends DISCONNECT. A killed broker, a failing network or a take-over does not."""
CURE: Final = "give this installation a new password"


class SessionWatch:
    """Counts what happened to the session within the last hour. Pure logic; the caller passes the time in seconds.

    Some brokers (mosquitto 2.0) only hang up when another connection takes the session.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._taken: deque[float] = deque(maxlen=10_000)
        self._cut: deque[float] = deque(maxlen=10_000)
        self._foreign: tuple[float, str] | None = None

    def taken_over(self) -> None:
        """The broker reported that another connection took the session."""
        self._taken.append(self._clock())

    def cut(self) -> None:
        """The connection ended without DISCONNECT."""
        self._cut.append(self._clock())

    def foreign(self, topic: str) -> None:
        """A message came that we did not subscribe to: somebody has left a subscription in the session."""
        self._foreign = self._clock(), topic

    @property
    def trouble(self) -> str:
        """The problem and its cure for a technician; empty when there is none."""
        taken, cut = self._recent(self._taken), self._recent(self._cut)
        if taken >= TAKEN_OFTEN:
            return f"the session was taken over {taken} times within the last hour: {CURE}"
        if self._foreign is not None and self._foreign[0] >= self._clock() - REMEMBERED_SECONDS:
            return f"the session held a subscription that is not ours ({self._foreign[1][:80]!r}): {CURE}"
        if cut >= CUT_OFTEN:
            return f"the connection was cut {cut} times within the last hour: check the network, or {CURE}"
        return ""

    def _recent(self, times: deque[float]) -> int:
        while times and times[0] < self._clock() - REMEMBERED_SECONDS:
            times.popleft()
        return len(times)
