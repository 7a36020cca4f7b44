"""Writes what an app on a phone needs: the network, its styles, and the canvas for its own size (docs/mobile.md)."""

from pathlib import Path

import msgspec

from installation.collection import Collection
from installation.files import whole_file, writable_folder
from installation.network.canvas import plain_canvas
from installation.network.runtime import WeightForm
from installation.network.tflite import SIZE, NetworkFile


def write_phone(collection: Collection, folder: Path, weights: WeightForm) -> list[Path]:
    """Write ``network.tflite``, ``styles.json``, and ``strokes.bin`` and ``bristles.bin`` (int8) where it takes them.

    The canvas is the plain one for pictures of 256×256: not smeared along directions, not moved.

    Raises:
        NetworkFileError: the network is missing or damaged.
        StyleError: a style belongs to another network.
        OutputError: a file cannot be written.
    """
    file = NetworkFile.load(collection.network_path)
    collection = collection.for_network(file)
    styles = [
        {
            "name": style.name,
            "title": style.title,
            "artist": style.artist,
            "year": style.year,
            "licence": style.licence,
            "vector": style.vector.tolist(),
        }
        for style in (collection[name] for name in collection.names)
    ]
    contents = {
        "network.tflite": file.int8() if weights == "int8" else file.data,
        "styles.json": msgspec.json.format(msgspec.json.encode(styles), indent=1),
    }
    if file.canvas is not None:
        canvas = plain_canvas(SIZE, SIZE, file.canvas)
        contents["strokes.bin"] = canvas.strokes.tobytes()
        if canvas.bristles is not None:
            contents["bristles.bin"] = canvas.bristles.tobytes()
    writable_folder(folder)
    for name, content in contents.items():
        with whole_file(folder / name) as temporary:
            temporary.write_bytes(content)
    return [folder / name for name in contents]
