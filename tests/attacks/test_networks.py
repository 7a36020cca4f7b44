"""Network files made to kill the daemon: what passes the checker runs, is refused in a sentence, or dies apart."""

import multiprocessing
import random
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

from installation.collection import Collection
from installation.errors import InstallationError, NetworkFileError
from installation.network.probe import probe, probe_vectors
from installation.network.runtime import InferenceSession
from installation.network.tflite import NetworkFile
from installation.network.trial import measure_apart
from tests.attacks.record import Attack
from tests.builders import write_collection
from tests.network.mutants import mutant
from tests.network.sample import EVERY_WAY

GRAPHS = 700
EDGE = 64
PATIENCE = 30.0


def _work(pipe: Connection) -> None:
    """Run what comes through the pipe, answer how it went; a crash ends this process."""
    room = [np.empty((EDGE, EDGE, 3), np.uint8) for _ in range(2)]
    while data := pipe.recv_bytes():
        file = NetworkFile.parse(data)
        answer = "ran"
        file.layers()
        for choice in EVERY_WAY:
            try:
                session = InferenceSession(file, choice, (EDGE, EDGE))
                probe(session, probe_vectors(file.vector_length), *room)
            except NetworkFileError as error:
                answer = "refused" if "\n" not in str(error) else "babbled"
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                answer = f"raised {type(error).__name__}: {error}"
        pipe.send(answer)


class Worker:
    """A process that runs networks; a new one after a crash."""

    def __init__(self) -> None:
        self._start()

    def run(self, data: bytes) -> str:
        self._pipe.send_bytes(data)
        try:
            if self._pipe.poll(PATIENCE):
                return str(self._pipe.recv())
            how = "hung"
        except EOFError:
            how = "crashed"
        self.stop()
        self._start()
        return how

    def stop(self) -> None:
        self._process.kill()
        self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_work, args=(other,), daemon=True)
        self._process.start()
        other.close()


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_graphs_made_to_crash_the_runtime(attack: Attack) -> None:
    attack.is_about(
        "Well-formed network graphs with operators, shapes, scales and options changed, added and taken out"
    )
    ends: Counter[str] = Counter()
    worker = Worker()
    try:
        for seed in range(GRAPHS):
            data = mutant(seed)
            try:
                file = NetworkFile.parse(data)
                file.int8()
            except NetworkFileError as error:
                assert "\n" not in str(error)
                ends["refused by the checker"] += 1
                continue
            how = worker.run(data)
            assert how in ("ran", "refused", "crashed", "hung"), (seed, how)
            ends[{"refused": "refused in the runtime"}.get(how, how)] += 1
            if how in ("crashed", "hung"):
                # As the daemon meets it: apart, and ruled out.
                vectors = probe_vectors(file.vector_length)
                timings = measure_apart(file, EVERY_WAY, (EDGE, EDGE), vectors=vectors, budget=1.0)
                assert any(timing.verdict == "crashed" for timing in timings)
    finally:
        worker.stop()
    told = ", ".join(f"{count} {how}" for how, count in sorted(ends.items()))
    attack.happened(tries=GRAPHS, what=f"{told}; what crashes does so in a process of its own and is ruled out")


def test_one_flipped_bit(tmp_path: Path, attack: Attack) -> None:
    attack.is_about("One bit of the network file flipped, anywhere, as a bad card or an attacker does")
    folder = write_collection(tmp_path / "styles", "great-wave")
    path = folder / "network.tflite"
    good, rng, tries = path.read_bytes(), random.Random(1), 400
    named = 0
    for _ in range(tries):
        bad = bytearray(good)
        bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
        path.write_bytes(bad)
        with pytest.raises(InstallationError) as caught:  # noqa: PT012 - either step may find it
            collection = Collection.load(folder)
            collection.for_network(NetworkFile.load(collection.network_path))
        assert "\n" not in str(caught.value)
        named += str(path) in str(caught.value)
    assert named == tries
    attack.happened(tries=tries, what=f"{named} refused by the file's name, before a runtime saw it")
