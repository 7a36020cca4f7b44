"""Commands with a deadline, and waiting with a deadline."""

import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class CommandFailed(AssertionError):
    """A command ended with a status other than 0; the message holds its output."""


def run(command: Sequence[object], timeout: float = 60.0, check: bool = True, **options: Any) -> str:
    """Run ``command`` and return what it printed, errors included."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            check=False,
            timeout=timeout,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **options,
        )
    except subprocess.TimeoutExpired as error:
        output = error.stdout.decode(errors="replace") if isinstance(error.stdout, bytes) else error.stdout
        raise CommandFailed(f"{' '.join(words)}: not done after {timeout:g} s\n{output or ''}") from None
    if check and done.returncode:
        raise CommandFailed(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


def until(what: str, probe: Callable[[], T], timeout: float, pause: float = 0.2) -> T:
    """Ask ``probe`` until it answers with something true; a failing command counts as no answer.

    Raises:
        AssertionError: no such answer within ``timeout`` seconds; the last answer is in the message.
    """
    deadline = time.monotonic() + timeout
    last: object = None
    while time.monotonic() < deadline:
        try:
            answer = probe()
        except CommandFailed as error:
            last = error
        else:
            if answer:
                return answer
            last = answer
        time.sleep(pause)
    raise AssertionError(f"{what}: not within {timeout:g} s (last answer: {last})")
