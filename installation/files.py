"""Files that are written whole or not at all, and read up to a bound."""

import contextlib
import errno
import os
import re
import secrets
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from installation.errors import InstallationError, OutputError

_UNFINISHED: Final = re.compile(r"\..+\.[0-9a-f]{16}\.part(\..+)?", re.DOTALL)


def read_toml(path: Path, largest: int, kind: type[InstallationError]) -> dict[str, Any]:
    """Read a TOML file of at most ``largest`` bytes, in bounded time whatever it contains.

    Raises:
        kind: the file cannot be read, is too large, or is not TOML in UTF-8; the message begins with the path.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(largest + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        reason = getattr(error, "strerror", None) or error
        raise kind(f"{path}: cannot be read ({reason}); check the path and its permissions") from None
    if len(raw) > largest:
        raise kind(f"{path}: is larger than {largest // 1024} KB, which such a file never is; check the path")
    try:
        # Windows editors may begin the file with a byte order mark.
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise kind(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise kind(f"{path}: is not valid TOML ({error}); correct it") from None


def read_regular(path: Path, largest: int) -> bytes:
    """The first ``largest`` bytes of a file; never waits, as reading a pipe or a device might.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "is no regular file", str(path))
        return file.read(largest)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``: renamed to it when the block succeeds, removed when the block fails.

    Even after a power cut, the old file or the new one is there. The temporary file keeps the suffix, because encoders
    infer the format from it. A missing folder is made.

    Raises:
        OutputError: the folder cannot be made or the file cannot be written.
    """
    # A new name that cannot be guessed: whoever may write into the folder cannot put a link there first.
    temporary = path.with_name(f".{path.stem[:100]}.{secrets.token_hex(8)}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666))
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}); check folder and space") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def remove_unfinished(folder: Path | None) -> None:
    """Delete what a power cut has left of files that :func:`whole_file` was writing into ``folder``. Never raises.

    For the folder's only writer, before it writes.
    """
    with contextlib.suppress(OSError):
        for path in folder.iterdir() if folder is not None else ():
            if _UNFINISHED.fullmatch(path.name):
                path.unlink()


def writable_folder(path: Path) -> None:
    """Create a folder for results if it does not exist.

    Raises:
        OutputError: it cannot be made, or nothing can be written into it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be made a folder ({error.strerror}); choose another") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: may not be written to; choose another folder, or get the permission")
