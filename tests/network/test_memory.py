"""Figures of the process's memory, also where the system does not tell."""

import ctypes
from pathlib import Path

import numpy as np

from installation.network import memory


def test_what_is_allocated_counts():
    before = memory.allocated_bytes()
    block = np.ones(8 * 2**20, np.uint8)
    assert memory.allocated_bytes() - before > 0.9 * block.nbytes


def test_what_is_free_is_given_back():
    blocks = [bytearray(60_000) for _ in range(400)]  # small enough for the heap
    last = bytearray(60_000)
    del blocks
    before = memory.resident_bytes()
    memory.give_back()
    assert before - memory.resident_bytes() > 2**24
    assert len(last) == 60_000


def test_without_glibc_it_is_the_resident_set(monkeypatch):
    def fail(_name):
        raise OSError("no such library")

    monkeypatch.setattr(ctypes, "CDLL", fail)
    assert memory.allocated_bytes() == memory.resident_bytes() > 2**20
    memory.give_back()


def test_without_proc_it_is_nothing(monkeypatch):
    def fail(*_args, **_more):
        raise OSError("no such file")

    monkeypatch.setattr(Path, "read_text", fail)
    assert memory.resident_bytes() == 0
