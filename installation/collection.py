"""The collection: the network's file and the styles it can paint in."""

import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from installation.errors import StyleError

PHOTO: Final = "photo"
"""The identity: the plain mirror."""

_MAX_FILE: Final = 256 * 1024
_MAX_STYLES: Final = 200
_Text = Annotated[str, Meta(max_length=200)]
_Vector = Annotated[tuple[float, ...], Meta(min_length=1, max_length=8192)]


class StyleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a style file may hold."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    artist: _Text
    year: _Text
    licence: _Text
    source: _Text
    network: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    vector: _Vector
    order: int = 1000


@dataclass(frozen=True, eq=False)
class Style:
    """One style; ``vector`` is float32 ``[K]``: the AdaIN scales and shifts."""

    name: str
    title: str
    artist: str
    year: str
    licence: str
    source: str
    vector: NDArray[np.float32]
    network: str = ""


class Collection:
    """Styles by name, all of one network; ``names`` is the order on offer, ``photo`` last."""

    def __init__(self, path: Path, styles: Mapping[str, Style]) -> None:
        self.path = path
        self.network_path = path / "network.tflite"
        self._styles = dict(styles)
        self.names = tuple(self._styles)
        self.photo = self[PHOTO]
        lengths = {len(style.vector) for style in styles.values()}
        if len(lengths) > 1:
            raise StyleError(f"{path}: the style vectors differ in length ({sorted(lengths)}); they need one network")
        self._scratch = np.empty_like(self.photo.vector)

    @classmethod
    def load(cls, path: Path | None = None) -> "Collection":
        """Read the collection at ``path``, or the one shipped.

        Raises:
            StyleError: the folder is missing, a style file is unreadable, or there is no ``photo``.
        """
        path = path or shipped()
        if not path.is_dir():
            raise StyleError(f"{path}: there is no such collection; check paths.collection")
        found = sorted(path.glob("*.toml"))
        if len(found) > _MAX_STYLES:
            raise StyleError(f"{path}: holds {len(found)} styles, more than {_MAX_STYLES}; take some out")
        read = {file.stem: read_style_file(file) for file in found}
        if PHOTO not in read:
            raise StyleError(f"{path}: lacks photo.toml, the identity style; restore it from the release")
        order = sorted(read, key=lambda name: (name == PHOTO, read[name].order, name))
        return cls(path, {name: _style(name, read[name]) for name in order})

    def __getitem__(self, name: str) -> Style:
        try:
            return self._styles[name]
        except KeyError:
            raise StyleError(f"there is no style '{name}'; choose from {', '.join(self.names)}") from None

    def vector(
        self, mix: Mapping[str, float], strength: float, out: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """The vector of a mix (weights that sum to 1) at a strength: photo + strength·(Σ weight·style − photo).

        ``out`` is float32 ``[K]``, made anew if not given; nothing else is allocated.
        """
        photo = self.photo.vector
        out = np.empty_like(photo) if out is None else out
        np.multiply(photo, 1.0 - strength, out=out)
        for name, weight in mix.items():
            np.multiply(self[name].vector, strength * weight, out=self._scratch)
            np.add(out, self._scratch, out=out)
        return out

    def verify(self) -> list[str]:
        """What is wrong, a sentence each; empty when the network is sound and every style belongs to it."""
        from installation.network.tflite import NetworkFile

        file = NetworkFile.load(self.network_path)
        problems = []
        for name in self.names:
            style = self[name]
            if style.network != file.sha256:
                problems.append(
                    f"{name}: was made for another network ({style.network[:12]}…, not {file.sha256[:12]}…)"
                )
            if len(style.vector) != file.vector_length:
                problems.append(f"{name}: has {len(style.vector)} numbers, the network wants {file.vector_length}")
        return problems


def shipped() -> Path:
    """The collection that came with the program: beside the package in a checkout, inside it when installed."""
    beside = Path(__file__).resolve().parent.parent / "styles"
    return beside if (beside / "network.tflite").is_file() else Path(str(files("installation"))) / "_styles"


def read_style_file(path: Path) -> StyleFile:
    """Read and check one style file.

    Raises:
        StyleError: unreadable, too large, not TOML, an unknown or missing key, or a number that is not finite.
    """
    try:
        if path.stat().st_size > _MAX_FILE:
            raise StyleError(f"{path}: is larger than {_MAX_FILE // 1024} KB, no style file; remove it")
        style = msgspec.convert(tomllib.loads(path.read_bytes().decode("utf-8")), StyleFile, strict=True)
    except OSError as error:
        raise StyleError(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise StyleError(f"{path}: is not a style file ({error}); restore it or make it again") from None
    if not all(math.isfinite(value) and abs(value) < 1e4 for value in style.vector):
        raise StyleError(f"{path}: its vector holds numbers that are not finite or far too large; make it again")
    return style


def network_digest(path: Path) -> str:
    """SHA-256 of a network file, as style files name it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _style(name: str, read: StyleFile) -> Style:
    vector = np.asarray(read.vector, np.float32)
    vector.setflags(write=False)
    return Style(name, read.title, read.artist, read.year, read.licence, read.source, vector, read.network)
