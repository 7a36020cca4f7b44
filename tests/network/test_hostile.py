"""Damaged and hostile files: refused with one error, or safe to run."""

import multiprocessing
import random
from collections.abc import Iterator
from multiprocessing.sharedctypes import Synchronized

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.errors import NetworkFileError
from installation.network.probe import probe, probe_vectors
from installation.network.runtime import InferenceSession
from installation.network.tflite import NetworkFile
from tests.network.sample import EVERY_WAY, sample_network

GOOD = sample_network()
_EDITS = st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8)


def _check(data: bytes) -> None:
    """Either one clear error, or a file that also unpacks."""
    try:
        NetworkFile.parse(data).int8()
    except NetworkFileError as error:
        assert "\n" not in str(error)
        assert str(error).endswith(("export it again", "shipped"))


@given(_EDITS)
def test_changed_bytes(edits: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for position, value in edits:
        data[position] = value
    _check(bytes(data))


@given(st.integers(0, len(GOOD) // 4 - 1), st.integers(0, 2**32 - 1))
def test_changed_words(word: int, value: int) -> None:
    _check(GOOD[: word * 4] + value.to_bytes(4, "little") + GOOD[word * 4 + 4 :])


@given(st.integers(0, len(GOOD)))
def test_cut_off(length: int) -> None:
    _check(GOOD[:length])


@given(st.binary(max_size=400))
def test_rubbish_with_the_right_mark(rubbish: bytes) -> None:
    with pytest.raises(NetworkFileError):
        NetworkFile.parse(rubbish[:4].ljust(4, b"\0") + b"TFL3" + rubbish[4:])


HANGS = 30.0
"""Seconds for one file in every way, on a busy machine."""


def _mutants(seed: int, count: int) -> Iterator[bytes]:
    """Files with one to three small changes that still pass the check."""
    rng = random.Random(seed)
    while count:
        data = bytearray(GOOD)
        for _ in range(rng.randint(1, 3)):
            position = rng.randrange(len(data))
            data[position] = rng.choice((rng.randrange(256), data[position] ^ 1 << rng.randrange(8), 0, 1, 2, 255))
        try:
            NetworkFile.parse(bytes(data))
        except NetworkFileError:
            continue
        count -= 1
        yield bytes(data)


def _run_mutants(seed: int, count: int, tried: "Synchronized[int]") -> None:
    room = [np.empty((128, 128, 3), np.uint8) for _ in range(2)]
    for data in _mutants(seed, count):
        file = NetworkFile.parse(data)
        for choice in EVERY_WAY:
            try:
                session = InferenceSession(file, choice, (128, 128))
                probe(session, probe_vectors(file.vector_length), *room)
            except NetworkFileError:
                continue
        tried.value += 1


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("seed", "count"), [(1, 30), pytest.param(2, 1000, marks=pytest.mark.slow)])
def test_what_passes_the_check_never_crashes_the_runtime(seed: int, count: int) -> None:
    spawn = multiprocessing.get_context("spawn")
    tried = spawn.Value("i", 0)
    process = spawn.Process(target=_run_mutants, args=(seed, count, tried))
    process.start()
    before = -1
    while process.is_alive() and tried.value > before:  # as long as it gets on, however slowly
        before = tried.value
        process.join(HANGS)
    alive = process.is_alive()
    process.kill()
    process.join()
    assert not alive, "the runtime hangs"
    assert process.exitcode == 0
    assert tried.value == count
