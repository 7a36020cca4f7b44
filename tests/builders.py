"""Makes collections for tests: a small network of the real one's interface, and styles for it."""

from pathlib import Path

import numpy as np

from installation.network.tflite import NetworkFile
from tests.network.sample import VECTOR, sample_network


def write_style(folder: Path, name: str, network: str = "0" * 64, vector=None, **more: object) -> Path:
    """Write a style file; ``more`` replaces keys, or leaves them out where it is None."""
    values = [1.0] * (VECTOR // 2) + [0.0] * (VECTOR // 2) if vector is None else list(vector)
    keys: dict[str, object] = {
        "title": f"The {name}",
        "artist": "Katsushika Hokusai",
        "year": "c. 1831",
        "licence": "CC0-1.0",
        "source": f"{name}.jpg",
        "network": network,
        "vector": values,
        **more,
    }
    path = folder / f"{name}.toml"
    path.write_text("".join(f"{key} = {_toml(value)}\n" for key, value in keys.items() if value is not None), "utf-8")
    return path


def write_collection(folder: Path, *names: str, dead: bool = False) -> Path:
    """Write a collection with these styles and ``photo``; each has another vector."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "network.tflite").write_bytes(sample_network(dead=dead))
    network = NetworkFile.load(folder / "network.tflite").sha256
    for number, name in enumerate((*names, "photo")):
        scales = np.full(VECTOR // 2, 1.0 + 0.2 * number)
        shifts = np.full(VECTOR // 2, 0.1 * number)
        write_style(folder, name, network, np.concatenate([scales, shifts]).tolist())
    return folder


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value).lower()
