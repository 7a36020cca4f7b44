"""The collection: the network's file and the styles for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from installation.collection.style_file import read_style_file
from installation.errors import NetworkFileError, StyleError
from installation.network.tflite import NetworkFile
from installation.text import printable
from installation.text.nearest import nearest

PHOTO: Final = "photo"
"""Name of the identity style: the plain mirror."""

NETWORK: Final = "network.tflite"
MOST_STYLES: Final = 200


@dataclass(frozen=True, eq=False)
class Style:
    """One style.

    ``vector`` is float32 ``[K]``: the AdaIN scales and shifts; ``network`` is the SHA-256 of its network.
    """

    name: str
    title: str
    artist: str
    year: str
    licence: str
    source: str
    vector: NDArray[np.float32]
    network: str = ""
    order: int = 0


def paint_of(mix: Mapping[str, float], strength: float) -> float:
    """How much paint a mix shows at a strength, 0…1; 0 is the plain mirror."""
    return strength * sum(weight for name, weight in mix.items() if name != PHOTO)


class Collection:
    """Styles by name, with vectors of equal length; ``names`` is the order for visitors, ``photo`` last.

    Raises:
        StyleError: there is no ``photo``.
    """

    def __init__(self, path: Path, styles: Mapping[str, Style]) -> None:
        if PHOTO not in styles:
            raise StyleError(f"{path}: lacks photo.toml, the identity style; restore it from the release")
        self.path = path
        self.network_path = path / NETWORK
        self._styles = dict(styles)
        self.names = tuple(sorted(styles, key=lambda name: name == PHOTO))
        self.photo = self._styles[PHOTO]
        self._scratch = np.empty_like(self.photo.vector)

    @classmethod
    def load(cls, path: Path | None = None, skip: Callable[[StyleError], object] | None = None) -> "Collection":
        """Read the collection at ``path``, or the one shipped.

        With ``skip``, a style that cannot be used is left out, and ``skip`` is called with the error.

        Raises:
            StyleError: the folder is missing or holds too many styles, a style cannot be used, or there is no
                usable ``photo``.
        """
        path = path or shipped()
        styles: dict[str, Style] = {}
        # The identity comes first: the length of its vector is the reference.
        for file in sorted(style_files(path), key=lambda file: file.stem != PHOTO):
            try:
                styles[file.stem] = _style(file, styles.get(PHOTO))
            except StyleError as error:
                if skip is None or file.stem == PHOTO:
                    raise
                skip(error)
        return cls(path, dict(sorted(styles.items(), key=lambda item: (item[1].order, item[0]))))

    def __getitem__(self, name: str) -> Style:
        try:
            return self._styles[name]
        except KeyError:
            raise StyleError(f"there is no style '{name}'; {nearest(name, self.names)}") from None

    def vector(
        self, mix: Mapping[str, float], strength: float, out: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """The vector of a mix (weights that sum to 1) at a strength: photo + strength·(Σ weight·style − photo).

        ``out`` is float32 ``[K]``, allocated if not given; nothing else is allocated. Not thread-safe.

        Raises:
            StyleError: the mix names a style that is not in the collection.
        """
        photo = self.photo.vector
        out = np.empty_like(photo) if out is None else out
        np.multiply(photo, 1.0 - strength, out=out)
        for name, weight in mix.items():
            np.multiply(self[name].vector, strength * weight, out=self._scratch)
            np.add(out, self._scratch, out=out)
        return out

    def for_network(self, file: NetworkFile, skip: Callable[[StyleError], object] | None = None) -> "Collection":
        """The styles that were made for this network: each carries its hash, so one changed bit of the file shows.

        With ``skip``, another style is left out, and ``skip`` is called with the error.

        Raises:
            NetworkFileError: ``photo`` was made for another network: the file is damaged, or does not belong here.
            StyleError: a style was made for another network.
        """
        problem = _mismatch(self.photo, file)
        if problem:
            raise NetworkFileError(f"{self.network_path}: does not belong to these styles: photo {problem}")
        kept = {}
        for name, style in self._styles.items():
            problem = _mismatch(style, file)
            if not problem:
                kept[name] = style
            elif skip is None:
                raise StyleError(f"{self.path / name}.toml: {problem}")
            else:
                skip(StyleError(f"{self.path / name}.toml: {problem}"))
        return self if len(kept) == len(self._styles) else Collection(self.path, kept)

    def softened(self, strengths: Mapping[str, float]) -> "Collection":
        """The same styles, some of them weaker: at strength 1 they are what they were at theirs, 0…1.

        Raises:
            StyleError: there is no style of a name.
        """
        styles = dict(self._styles)
        for name, strength in strengths.items():
            vector = self.vector({name: 1.0}, strength)
            vector.setflags(write=False)
            styles[name] = replace(self[name], vector=vector)
        return Collection(self.path, styles)

    def verify(self) -> list[str]:
        """Every problem as a sentence; empty when the network is sound and every style belongs to it.

        Raises:
            NetworkFileError: the network is missing or damaged.
        """
        file = NetworkFile.load(self.network_path)
        problems = [_mismatch(style, file) for style in self._styles.values()]
        return [f"{name}: {problem}" for name, problem in zip(self._styles, problems, strict=True) if problem]


def _mismatch(style: Style, file: NetworkFile) -> str:
    """Why the style cannot be painted with this network; empty if it can."""
    if len(style.vector) != file.vector_length:
        found = f"has {len(style.vector)} numbers, the network wants {file.vector_length}"
    elif style.network != file.sha256:
        found = f"was made for another network ({style.network[:12]}…, not {file.sha256[:12]}…)"
    else:
        return ""
    return f"{found}; copy the network and its styles together"


def shipped() -> Path:
    """The shipped collection: beside the package in a checkout, inside it when installed."""
    beside = Path(__file__).resolve().parents[2] / "styles"
    return beside if (beside / NETWORK).is_file() else Path(str(files("installation"))) / "_styles"


def style_files(path: Path) -> list[Path]:
    """The style files in a folder, by name.

    Raises:
        StyleError: there is no such folder, it cannot be read, or holds too many.
    """
    try:
        found = sorted(file for file in path.iterdir() if file.suffix == ".toml" and file.is_file())
    except OSError as error:
        raise StyleError(f"{path}: there is no collection here ({error.strerror}); check the path") from None
    if len(found) > MOST_STYLES:
        raise StyleError(f"{path}: holds {len(found)} styles, more than {MOST_STYLES}; take some out")
    return found


def _style(file: Path, photo: Style | None) -> Style:
    read = read_style_file(file)
    vector = np.asarray(read.vector, np.float32)
    if photo is not None and len(vector) != len(photo.vector):
        raise StyleError(f"{file}: its vector is not as long as photo's; make it for the same network")
    vector.setflags(write=False)
    return Style(
        name=file.stem,
        title=printable(read.title),
        artist=printable(read.artist),
        year=printable(read.year),
        licence=printable(read.licence),
        source=printable(read.source),
        vector=vector,
        network=read.network,
        order=read.order,
    )
