"""Reads one style file, which is untrusted input: bounded and checked."""

import math
import re
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from installation.errors import StyleError
from installation.files import read_toml
from installation.settings import NAME_PATTERN

LARGEST_FILE: Final = 256 * 1024
LARGEST_NUMBER: Final = 1e4
"""Largest absolute scale or shift: far above any real one; larger ones would overflow in the network."""

_Text = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{0,200}\Z")]
_Title = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,200}\Z")]
_CURE: Final = "restore it, or make it again"


class StyleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of a style file; styles are sorted by ``order``, then by name."""

    title: _Title
    artist: _Text
    year: _Text
    licence: _Text
    source: _Text
    network: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    vector: Annotated[tuple[float, ...], Meta(min_length=1, max_length=8192)]
    order: int = 1000


def read_style_file(path: Path) -> StyleFile:
    """Read and check one style file.

    Raises:
        StyleError: the file's name is not allowed, it is unreadable, too large or not TOML, a key is unknown or
            missing, or a number is not finite.
    """
    if not re.fullmatch(NAME_PATTERN, path.stem):
        raise StyleError(f"{path}: a style's file is named a-z, 0-9 and '-', such as great-wave.toml; rename it")
    try:
        style = msgspec.convert(read_toml(path, LARGEST_FILE, StyleError), StyleFile)
    except msgspec.ValidationError as error:
        raise StyleError(f"{path}: is not a style file ({error}); {_CURE}") from None
    if not all(math.isfinite(value) and abs(value) < LARGEST_NUMBER for value in style.vector):
        raise StyleError(f"{path}: its vector holds numbers that are not finite or far too large; {_CURE}")
    return style
