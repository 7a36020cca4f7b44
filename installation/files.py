"""Files that are whole or not there."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from installation.errors import OutputError


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name beside ``path``, moved there when the block ends well and removed when it does not.

    The temporary keeps the suffix, from which encoders know the format.

    Raises:
        OutputError: the folder cannot be made or the file cannot be written.
    """
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}); check folder and space") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def writable_folder(path: Path) -> None:
    """Make a folder for results if there is none.

    Raises:
        OutputError: it cannot be made, or nothing can be written into it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be made a folder ({error.strerror}); choose another") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: may not be written to; choose another folder, or get the permission")
