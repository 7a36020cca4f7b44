"""Files laid in the way: links at temporary names, pipes in the place of files."""

import os
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

from installation.errors import NetworkFileError
from installation.files import whole_file
from installation.network.tflite import NetworkFile
from installation.network.tuning_cache import FILE_NAME, TuningCache, TuningKey
from tests.attacks.record import Attack

PATIENCE = 5.0


def test_links_at_temporary_names(tmp_path: Path, attack: Attack) -> None:
    attack.is_about("Links at the temporary names beside a result, for 4,096 process numbers")
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    folder = tmp_path / "results"
    folder.mkdir()
    names = [".out.part.png", *(f".out.{number}.part.png" for number in range(1, 4097))]
    for name in names:
        (folder / name).symlink_to(victim)
    with whole_file(folder / "out.png") as temporary:
        assert not temporary.is_symlink()
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(temporary)
    assert victim.read_text() == "untouched"
    assert (folder / "out.png").stat().st_size > 50
    attack.happened(tries=len(names), what="the result was written, and nothing through a link")


def test_pipes_in_the_place_of_files(tmp_path: Path, attack: Attack) -> None:
    attack.is_about("A pipe that nobody writes to in the place of the tuning cache and of the network file")
    os.mkfifo(tmp_path / FILE_NAME)
    os.mkfifo(tmp_path / "network.tflite")
    ends: list[str] = []

    def start() -> None:
        cache = TuningCache(tmp_path)
        key = TuningKey.here("0" * 64, 64, [])
        assert cache.get(key) is None
        cache.put(key, None, [])
        assert cache.get(key) is not None
        ends.append("the cache was made anew")
        try:
            NetworkFile.load(tmp_path / "network.tflite")
        except NetworkFileError as error:
            assert "is no regular file" in str(error)
            ends.append("the network was refused")

    began = time.monotonic()
    thread = threading.Thread(target=start, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert len(ends) == 2, "it waits for the pipe"
    attack.happened(tries=2, what=f"{' and '.join(ends)}, in {time.monotonic() - began:.1f} s")
