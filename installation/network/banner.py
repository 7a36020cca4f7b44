"""Filters the runtimes' start-up banners out of stderr, where a technician looks for errors."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_GREETINGS: Final = (b"INFO: ", b"I0000 ", b"WARNING: All log messages before absl::InitializeLog()")


@contextmanager
def without_banner() -> Iterator[None]:
    """Collect what native code writes to stderr during the block; then write all of it except the banners.

    Also after an exception. Where stderr cannot be redirected, nothing is filtered.
    """
    try:
        sys.stderr.flush()
        original = os.dup(2)
    except (OSError, ValueError, AttributeError):
        # There is no stderr, or it is closed.
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
