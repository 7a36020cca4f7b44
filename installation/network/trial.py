"""Times a network in a process of its own, so that a runtime that crashes or hangs does not affect the daemon.

The child (`installation.network.trial_child`) reports the candidate before each step. When the child dies, that
candidate is excluded, and another child continues with the others.
"""

import contextlib
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from installation.errors import NetworkFileError
from installation.network.runtime import Choice, InferenceSession
from installation.network.tflite import NetworkFile
from installation.network.timing import Timing, Verdict, measure

SILENCE_SECONDS: Final = 15.0
"""Seconds without a report after which a child hangs. Opening and one frame take a second or two on a Pi."""
EARLY_DEATHS: Final = 3
"""Children that may end before the first candidate; after that, something is wrong with starting children."""
LARGEST_ANSWER: Final = 1 << 20
_CHILD: Final = (sys.executable, "-m", "installation.network.trial_child")
_CRASHES: Final = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)
_UNHEARD: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
"""Environment variables that are for the daemon only."""

logger = logging.getLogger(__name__)


class TrialOrder(msgspec.Struct, frozen=True):
    """A child's task, the arguments of `measure`; the first vector is the style that is timed."""

    network: bytes
    choices: tuple[Choice, ...]
    size: tuple[int, int]
    vectors: tuple[bytes, ...]
    """Bytes of float32, because JSON has no NaN, which is tried too."""
    budget: float


class TrialWord(msgspec.Struct, frozen=True):
    """A child's report, one line each: the candidate it begins, in the end all timings, or why there are none."""

    at: int = -1
    timings: tuple[Timing, ...] | None = None
    error: str = ""


class _Died(Exception):
    """The child ended early: at which candidate, how, and whether the candidate is certainly to blame.

    One that hangs may only wait for a busy machine, and one that is killed may be the victim of somebody else's memory.
    """

    def __init__(self, at: int, how: str, *, sure: bool = False) -> None:
        super().__init__(how)
        self.at = at
        self.how = how
        self.sure = sure


def measure_apart(
    file: NetworkFile,
    choices: Sequence[Choice],
    size: tuple[int, int],
    *,
    vectors: Sequence[NDArray[np.float32]],
    budget: float,
    silence: float = SILENCE_SECONDS,
    command: Sequence[str] = _CHILD,
) -> tuple[Timing, ...]:
    """Time the candidates as `measure` does; those that crash have the verdict "crashed", those that hang or
    are killed "failed".

    Where no process can be started (no memory, an unusual system), they are timed in this one.

    Raises:
        NetworkFileError: the network is broken, whatever runs it.
    """
    deadline = time.monotonic() + budget
    crashed: dict[Choice, Timing] = {}
    early = 0
    timed: Mapping[Choice, Timing] = {}
    while remaining := [choice for choice in choices if choice not in crashed]:
        budget = max(deadline - time.monotonic(), budget / 3)
        order = TrialOrder(
            file.data, tuple(remaining), size, tuple(vector.astype(np.float32).tobytes() for vector in vectors), budget
        )
        try:
            timed = {timing.choice: timing for timing in _in_child(order, silence, command)}
            break
        except _Died as death:
            if not 0 <= death.at < len(remaining):
                # Before the first candidate it is no fault of the network.
                early += 1
                logger.warning("a process for a trial of the network %s before it began", death.how)
                if early >= EARLY_DEATHS:
                    timed = _here(file, remaining, size, vectors, budget)
                    break
                continue
            culprit = remaining[death.at]
            logger.warning("%s is excluded: it %s with this network", culprit, death.how)
            verdict: Verdict = "crashed" if death.sure else "failed"
            crashed[culprit] = Timing(culprit, verdict, problem=f"{culprit} {death.how}")
        except OSError as error:
            logger.warning("no process of its own for a trial of the network (%s): tried in this one", error)
            timed = _here(file, remaining, size, vectors, budget)
            break
    known = {**timed, **crashed}
    return tuple(known.get(choice, Timing(choice, "not timed")) for choice in choices)


def child_environment() -> dict[str, str]:
    """The environment of a child process: without what systemd says to the daemon only."""
    return {name: value for name, value in os.environ.items() if name not in _UNHEARD}


def _here(
    file: NetworkFile,
    choices: Sequence[Choice],
    size: tuple[int, int],
    vectors: Sequence[NDArray[np.float32]],
    budget: float,
) -> dict[Choice, Timing]:
    """The same in this process."""
    timings = measure(
        choices, lambda choice: InferenceSession(file, choice, size), size, vectors=list(vectors), budget=budget
    )
    return {timing.choice: timing for timing in timings}


def _in_child(order: TrialOrder, silence: float, command: Sequence[str]) -> tuple[Timing, ...]:
    """Run a child and return its timings.

    Raises:
        _Died: it crashed or hung.
        OSError: the child cannot be started.
        NetworkFileError: the child refuses the network.
    """
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=child_environment()
    ) as child:
        try:
            return _listen(child, order, silence)
        finally:
            child.kill()  # however the trial ends, also by a signal to us


def _listen(child: "subprocess.Popen[bytes]", order: TrialOrder, silence: float) -> tuple[Timing, ...]:
    if child.stdin is None or child.stdout is None:
        raise OSError("no pipes to the child")
    with contextlib.suppress(BrokenPipeError):  # it died already; its exit status says how
        child.stdin.write(msgspec.json.encode(order))
    with contextlib.suppress(BrokenPipeError):
        child.stdin.close()
    at, rest = -1, b""
    output = child.stdout.fileno()
    while len(rest) < LARGEST_ANSWER:
        ready, _, _ = select.select([output], [], [], silence)
        if not ready:
            raise _Died(at, f"hung for {silence:g} s")
        data = os.read(output, 65536)
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            word = _word(line, at)
            if word.error:
                raise NetworkFileError(word.error)
            if word.timings is not None:
                return word.timings
            at = word.at
    how = _end(child)
    raise _Died(at, how, sure=child.returncode is not None and -child.returncode in _CRASHES)


def _word(line: bytes, at: int) -> TrialWord:
    try:
        return msgspec.json.decode(line, type=TrialWord)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # The runtime overwrote memory, or printed something.
        raise _Died(at, "answered nonsense") from None


def _end(child: "subprocess.Popen[bytes]") -> str:
    try:
        status = child.wait(5)
    except subprocess.TimeoutExpired:
        return "ended without a word"
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"crashed ({signal.Signals(-status).name})"
    except ValueError:
        return f"crashed (signal {-status})"
