"""Keeps the runtimes' greetings off stderr, where a technician looks for errors."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_GREETINGS: Final = (b"INFO: ", b"I0000 ", b"WARNING: All log messages before absl::InitializeLog()")


@contextmanager
def without_banner() -> Iterator[None]:
    """Hold back what native code writes to stderr meanwhile; afterwards all but the greetings is written.

    Also after an exception. Where stderr cannot be turned aside, nothing is held back.
    """
    try:
        sys.stderr.flush()
        original = os.dup(2)
    except (OSError, ValueError, AttributeError):
        # No stderr at all: a daemon without one, or a closed stream.
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(original, 2)
            os.close(original)
            held.seek(0)
            rest = b"".join(line for line in held if not line.startswith(_GREETINGS))
            if rest:
                os.write(2, rest)
