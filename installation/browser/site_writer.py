"""Writes the static site: the page, the painter, LiteRT.js, the network and its styles."""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from installation.browser.network_form import browser_network
from installation.browser.runtime_package import fetch_runtime, runtime_files
from installation.browser.tables import constants, sizes, tables
from installation.collection import Collection
from installation.errors import NetworkFileError, OutputError
from installation.files import whole_file, writable_folder
from installation.network.tflite import NetworkFile

_SITE: Final = Path(__file__).parent / "site"
_VISITOR_PAGE: Final = Path(str(files("installation.control.web"))) / "page"
_HEADERS: Final = "_headers"
"""Headers for all files, in the form that some static hosts read."""
_SHARED: Final = ("page.css", "icon.png", "constants.js", "words.js", "tiles.js", "mixpad.js")
"""What the site takes from the visitor page as it is."""
_POLICY: Final = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')
_LARGE: Final = "engine/litert_wasm"
"""Beginning of the runtime's variants: a browser keeps only what it uses of them."""
_UNKEPT: Final = ("sw.js", "release.js", _HEADERS)


def write_site(collection: Collection, folder: Path, packages: Path | None = None) -> int:
    """Write the site into ``folder``; return its size in bytes.

    ``packages`` is a folder in which npm has installed ``@litertjs/core``; without it, npm fetches it.

    Raises:
        UsageError: npm is missing, or ``packages`` is not such a folder.
        NetworkFileError: the network is missing or damaged, or takes no canvas.
        StyleError: a style belongs to another network.
        OutputError: npm fails, or a file cannot be written.
    """
    if packages is None:
        with tempfile.TemporaryDirectory() as temporary:
            runtime = runtime_files(fetch_runtime(Path(temporary)))
    else:
        runtime = runtime_files(packages)
    contents = {f"engine/{name}": content for name, content in runtime.items()} | dict(_contents(collection))
    headers = _headers(contents["index.html"].decode())
    contents |= {"release.js": _release(contents, headers), _HEADERS: _headers_file(headers)}
    writable_folder(folder)
    for name, content in contents.items():
        with whole_file(folder / name) as temporary_file:
            temporary_file.write_bytes(content)
    return sum(map(len, contents.values()))


def _headers(page: str) -> dict[str, str]:
    """What every answer should carry: the page's own policy, for workers too, and the isolation that threads need."""
    found = _POLICY.search(page)
    if found is None:
        raise OutputError("the site's index.html has lost its content security policy; restore it from the release")
    return {
        "Content-Security-Policy": f"{found[1]}; frame-ancestors 'none'",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def _headers_file(headers: dict[str, str]) -> bytes:
    return "".join(["/*\n", *(f"  {name}: {value}\n" for name, value in headers.items())]).encode()


def _release(contents: dict[str, bytes], headers: dict[str, str]) -> bytes:
    """What the service worker is told: a version that changes with any file, the files to keep, the headers."""
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    names = sorted(name for name in contents if not name.startswith(_LARGE) and name not in _UNKEPT)
    release = {"version": digest.hexdigest()[:16], "files": ["./", *names], "headers": headers}
    return f'"use strict";\nconst RELEASE = {msgspec.json.encode(release).decode()};\n'.encode()


def _contents(collection: Collection) -> Iterator[tuple[str, bytes]]:
    """All files but the runtime's."""
    for path in sorted(_SITE.rglob("*")):
        if path.is_file():
            yield path.relative_to(_SITE).as_posix(), path.read_bytes()
    for name in _SHARED:
        yield name, (_VISITOR_PAGE / name).read_bytes()
    yield from _network(collection)


def _network(collection: Collection) -> Iterator[tuple[str, bytes]]:
    file = NetworkFile.load(collection.network_path)
    collection = collection.for_network(file)
    if file.canvas is None:
        raise NetworkFileError(
            "the page paints with networks that take a canvas only; export from the shipped collection"
        )
    table: dict[str, Any] = {}
    for cost_class, (height, width) in sizes():
        name = f"{width}x{height}"
        of_size = tables((height, width), file.canvas)
        table[name] = {"class": cost_class, **of_size.numbers}
        yield f"sizes/{name}.tflite", browser_network(file, (height, width))
        yield f"sizes/{name}.bin", of_size.fields
    yield "sizes.json", msgspec.json.encode({"constants": constants(), "sizes": table})
    styles = []
    for style in (collection[name] for name in collection.names):
        about = {"name": style.name, "title": style.title, "artist": style.artist, "year": style.year}
        styles.append({**about, "licence": style.licence, "vector": style.vector.tolist()})
        tile = next((path for path in _tiles(collection, style.name) if path.is_file()), None)
        if tile is not None:
            yield f"tiles/{style.name}.webp", tile.read_bytes()
    yield "collection.json", msgspec.json.encode(styles)


def _tiles(collection: Collection, name: str) -> list[Path]:
    """Where the tile of a style may be: `styles add` leaves it beside the style."""
    return [collection.path / f"{name}.webp", _VISITOR_PAGE / "tiles" / f"{name}.webp"]
