"""Files that are whole or not there."""

import contextlib
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
