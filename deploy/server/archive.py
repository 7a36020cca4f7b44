"""A whole archive painted by Ray Data: every photo under a folder or an S3-like path, with the service's own painter.

    python -m deploy.server.archive PHOTOS PICTURES --style great-wave --size 1024

Run again it paints only what is missing. Nothing is sent anywhere but to PICTURES.
"""

import argparse
import json
import os
import posixpath
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import ray
from pyarrow import ArrowException, fs

from installation.camera.photo import FORMATS, LARGEST_PIXELS, SUFFIXES
from installation.collection import Collection
from installation.errors import InstallationError, MediaError, OutputError, UsageError
from installation.frame import Pixels
from installation.server.engine import Engine, Job
from installation.server.pictures import encode, fitted
from installation.server.problems import Problem
from installation.server.question import TYPES, Question, read_question

ORDER: Final = "painting.json"
"""The file in the target that says how its pictures were painted."""
LARGEST_FILE: Final = 512 * 1024 * 1024
"""Bytes of one photo's file: the owner's own scans are larger than what strangers send to the service."""
_BATCH: Final = 8
_TEMPORARY: Final = ".unfinished"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on this machine, or an S3-like path such as ``s3://museum/photos``."""

    system: fs.FileSystem
    path: str

    @classmethod
    def of(cls, text: str) -> "Folder":
        """The folder that a path or a URI names.

        Raises:
            UsageError: there is no such kind of place.
        """
        try:
            system, path = fs.FileSystem.from_uri(text if "://" in text else str(Path(text).absolute()))
        except (ArrowException, ValueError, OSError) as error:
            raise UsageError(f"{text}: is no folder and no path like s3://bucket/photos ({error})") from None
        return cls(system, path.rstrip("/"))

    def names(self) -> list[str]:
        """Every file below, by its path from here, sorted; none where there is no such folder."""
        found = self.system.get_file_info(fs.FileSelector(self.path, allow_not_found=True, recursive=True))
        return sorted(posixpath.relpath(info.path, self.path) for info in found if info.type == fs.FileType.File)

    def read(self, name: str, most: int) -> bytes:
        """The first ``most`` bytes of a file."""
        with self.system.open_input_stream(posixpath.join(self.path, name)) as file:
            content: bytes = file.read(most)
        return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all: under another name first, which nobody takes for a picture."""
        path = posixpath.join(self.path, name)
        self.system.create_dir(posixpath.dirname(path), recursive=True)
        with self.system.open_output_stream(path + _TEMPORARY) as file:
            file.write(content)
        self.system.move(path + _TEMPORARY, path)


class Painter:
    """One worker of Ray: an engine that paints batches of names from ``source`` into ``target``."""

    def __init__(self, source: Folder, target: Folder, question: Question, provider: str) -> None:
        self._source, self._target, self._question = source, target, question
        collection = Collection.load()
        self._vector = collection.vector(question.mix, question.strength)
        self._engine = Engine(collection, provider, threads=1)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[str]]:
        """Paint; one sentence for each name, empty where the picture was written."""
        names = [str(name) for name in batch["name"]]
        problems = dict.fromkeys(names, "")
        jobs: dict[str, Job] = {}
        for name in names:
            try:
                jobs[name] = Job(self._photo(name), self._vector)
            except MediaError as error:
                problems[name] = str(error)
            except OSError as error:
                problems[name] = f"{name}: cannot be read ({error})"
        for name, picture in zip(jobs, self._engine.paint(list(jobs.values())), strict=True):
            try:
                self._target.write(result_name(name, self._question), encode(picture, self._question.media_type))
            except OSError as error:
                problems[name] = f"{name}: the picture cannot be written ({error})"
        return {"name": names, "problem": [problems[name] for name in names]}

    def _photo(self, name: str) -> Pixels:
        body = self._source.read(name, LARGEST_FILE + 1)
        if len(body) > LARGEST_FILE:
            raise MediaError(f"{name}: is larger than {LARGEST_FILE // 2**20} MB; reduce it")
        return fitted(body, name, self._question.size, FORMATS, LARGEST_PIXELS)


def result_name(name: str, question: Question) -> str:
    """The picture's name: the photo's whole name goes before the suffix, so that a.jpg and a.png stay two."""
    return f"{name}.{TYPES[question.media_type].lower()}"


def paint_archive(source: Folder, target: Folder, question: Question, workers: int, provider: str) -> Iterator[str]:
    """Paint what is missing on a Ray that runs; yields a sentence for every photo that could not be painted.

    Raises:
        UsageError: the target was begun in another way, or there are no photos.
        OutputError: the target cannot be written.
    """
    photos = [name for name in source.names() if posixpath.splitext(name)[1].lower() in SUFFIXES]
    if not photos:
        raise UsageError(f"{source.path}: holds no photos; check the path")
    done = set(target.names())
    _check_order(target, question, begun=ORDER in done)
    missing = [name for name in photos if result_name(name, question) not in done]
    if not missing:
        return
    rows = ray.data.from_items([{"name": name} for name in missing], override_num_blocks=blocks(len(missing), workers))
    painted = rows.map_batches(
        Painter,
        fn_constructor_args=(source, target, question, provider),
        batch_size=_BATCH,
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(size=workers),
    )
    for row in painted.iter_rows():
        if row["problem"]:
            yield str(row["problem"])


def blocks(photos: int, workers: int) -> int:
    """How many blocks the names are cut into: enough that every worker gets some, none below a batch if it can be."""
    return max(1, min(photos, max(workers, photos // _BATCH)))


def _check_order(target: Folder, question: Question, begun: bool) -> None:
    """Pictures painted in two ways must not be mixed in one folder."""
    order = json.dumps(asdict(question), sort_keys=True)
    if begun:
        if target.read(ORDER, 65536).decode(errors="replace") != order:
            raise UsageError(f"{target.path}: was begun with other options (see {ORDER} there); choose another folder")
        return
    try:
        target.write(ORDER, order.encode())
    except OSError as error:
        raise OutputError(f"{target.path}: cannot be written ({error}); check the path and its permissions") from None


def main(arguments: list[str] | None = None) -> int:
    """Paint an archive on the Ray that ``RAY_ADDRESS`` names, or on this machine."""
    parser = argparse.ArgumentParser(prog="python -m deploy.server.archive", description=__doc__)
    parser.add_argument("source", metavar="PHOTOS", help="a folder, or a path like s3://bucket/photos")
    parser.add_argument("target", metavar="PICTURES", help="where the pictures go")
    parser.add_argument("--style", help="the style (the collection's first)")
    parser.add_argument("--mix", metavar="A=0.6,B=0.4", help="a mix instead of a style")
    parser.add_argument("--strength", default="1", metavar="S", help="0 to 1 (1)")
    parser.add_argument("--size", default="1024", metavar="N", help="longest edge in pixels (1024)")
    parser.add_argument("--format", choices=tuple(TYPES), default="image/jpeg", help="of the pictures (image/jpeg)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="painters at a time, a core each (2)")
    parser.add_argument("--provider", default="cpu", help="what ONNX Runtime computes on (cpu)")
    args = parser.parse_args(arguments)
    asked = [(name, getattr(args, name)) for name in ("style", "mix", "strength", "size")]
    failed = 0
    try:
        question = read_question([(name, text) for name, text in asked if text], args.format, Collection.load())
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers of this archive
        ray.init(ignore_reinit_error=True, include_dashboard=False, log_to_driver=False)
        source, target = Folder.of(args.source), Folder.of(args.target)
        for sentence in paint_archive(source, target, question, max(1, args.workers), args.provider):
            print(sentence, file=sys.stderr)
            failed += 1
    except (InstallationError, Problem) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
