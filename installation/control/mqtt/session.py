"""Notices that somebody else uses our session on the broker: who knows its id can take it, and leave things in it."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

REMEMBERED_SECONDS: Final = 3600.0
TAKEN_OFTEN: Final = 2
"""One take-over may be our own: a connection that was given up, but that the broker still held."""
CUT_OFTEN: Final = 3
"""A broker that is stopped says so. Without a word ends what a killed broker, a failing network or a take-over cuts."""
CURE: Final = "give this installation a new password"


class SessionWatch:
    """What happened to the session within the last hour. Pure logic on a given clock, in seconds.

    Some brokers (mosquitto 2.0) just hang up on the one whose session another takes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._taken: deque[float] = deque(maxlen=10_000)
        self._cut: deque[float] = deque(maxlen=10_000)
        self._foreign: tuple[float, str] | None = None

    def taken_over(self) -> None:
        """The broker said that it gave the session to another connection."""
        self._taken.append(self._clock())

    def cut(self) -> None:
        """The connection ended without a word."""
        self._cut.append(self._clock())

    def foreign(self, topic: str) -> None:
        """A message came that we never subscribed to: another has left a subscription in the session."""
        self._foreign = self._clock(), topic

    @property
    def trouble(self) -> str:
        """What a technician should know, with the cure; empty when all is well."""
        taken, cut = self._recent(self._taken), self._recent(self._cut)
        if taken >= TAKEN_OFTEN:
            return f"the session was taken over {taken} times within the last hour: {CURE}"
        if self._foreign is not None and self._foreign[0] >= self._clock() - REMEMBERED_SECONDS:
            return f"the session held a subscription that is not ours ({self._foreign[1][:80]!r}): {CURE}"
        if cut >= CUT_OFTEN:
            return f"the connection was cut {cut} times within the last hour: see to the network, or {CURE}"
        return ""

    def _recent(self, times: deque[float]) -> int:
        while times and times[0] < self._clock() - REMEMBERED_SECONDS:
            times.popleft()
        return len(times)
