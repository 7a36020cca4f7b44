"""The child that tries a network, called within this process; test_trial.py starts it as the daemon does."""

import io
import os
import resource
import sys
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from installation.network import trial_child
from installation.network.runtime import Choice, runtimes
from installation.network.trial import TrialOrder, TrialWord
from tests.network.sample import Subject, sample_network


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, tuple[int, int]]]:
    """The limits that the child sets, which would hold for all the tests to come."""
    asked: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda what, bounds: asked.append((what, bounds)))
    return asked


def answers(task: TrialOrder, monkeypatch: pytest.MonkeyPatch) -> list[TrialWord]:
    """What the child reports on a task."""
    lines: list[bytes] = []
    write = os.write
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(msgspec.json.encode(task))))
    monkeypatch.setattr(os, "write", lambda to, data: lines.append(data) if to == 1 else write(to, data))
    assert trial_child.main() == 0
    monkeypatch.undo()
    assert all(line.endswith(b"\n") for line in lines)
    return [msgspec.json.decode(line, type=TrialWord) for line in lines]


def task(network: bytes, sample: Subject) -> TrialOrder:
    choice = Choice(runtimes()[0].name, runtimes()[0].version, "int8", 1)
    vector = np.asarray(sample.vector, np.float32).tobytes()
    return TrialOrder(network=network, choices=(choice,), size=(64, 64), vectors=(vector,), budget=0.2)


def test_it_reports_each_step_and_then_the_timings(sample, limits, monkeypatch) -> None:
    *steps, last = answers(task(sample_network(), sample), monkeypatch)
    assert {step.at for step in steps} == {0}
    assert len(steps) > 1, "opening, and each picture"
    assert last.timings is not None
    assert last.timings[0].verdict == "ok"
    assert dict(limits)[resource.RLIMIT_CORE] == (0, 0)
    assert dict(limits)[resource.RLIMIT_AS][0] == trial_child.MEMORY


def test_a_network_that_is_none_is_refused_in_one_line(sample, limits, monkeypatch) -> None:
    [answer] = answers(task(b"no network", sample), monkeypatch)
    assert answer.timings is None
    assert "\n" not in answer.error
    assert "network" in answer.error
