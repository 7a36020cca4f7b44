"""Trials in a process of their own: real children that crash, hang and babble."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from installation.errors import NetworkFileError
from installation.network import trial, tuning
from installation.network.runtime import Choice, runtimes
from installation.network.trial import measure_apart
from installation.network.tuning import make_sure, tuning_table
from installation.settings import NetworkSettings
from tests.network.sample import Subject

SIZE = (64, 64)

CHILD = """
import os, sys, time
from installation.network import trial_child
from installation.network.runtime import InferenceSession
class Broken(InferenceSession):
    def run(self, *args):
        if {when}:
            {what}
        super().run(*args)
trial_child.InferenceSession = Broken
sys.exit(trial_child.main())
"""


def child(what: str, when: str = "self.choice.threads == 2") -> tuple[str, ...]:
    """A child as it is, but for what it does when it comes to a candidate."""
    return sys.executable, "-c", CHILD.format(what=what, when=when)


def choices(*threads: int) -> list[Choice]:
    runtime = runtimes()[0]
    return [Choice(runtime.name, runtime.version, "int8", count) for count in threads]


def test_it_times_as_in_this_process(sample: Subject) -> None:
    timings = measure_apart(sample.file, choices(1, 2), SIZE, vectors=[sample.vector], budget=1.0)
    assert [timing.choice.threads for timing in timings] == [1, 2]
    assert timings[0].verdict in ("ok", "slower")
    assert timings[0].frames > 0


@pytest.mark.parametrize(
    ("what", "how"),
    [
        ("os.abort()", "crashed (SIGABRT)"),
        ("os.kill(os.getpid(), 11)", "crashed (SIGSEGV)"),
        ("time.sleep(60)", "hung for 6 s"),
        ("os._exit(3)", "ended with status 3"),
        ("print('x' * 100, flush=True)", "answered nonsense"),
    ],
)
def test_what_crashes_or_hangs_is_ruled_out_and_the_others_go_on(sample: Subject, what: str, how: str) -> None:
    timings = measure_apart(
        sample.file, choices(1, 2, 3), SIZE, vectors=[sample.vector], budget=3.0, silence=6.0, command=child(what)
    )
    # What may be no fault of its own is not remembered.
    assert timings[1].verdict == ("crashed" if how.startswith("crashed (") else "failed")
    assert how in timings[1].problem
    assert timings[0].frames
    assert timings[2].frames


@pytest.mark.parametrize("command", ["/bin/false", "/nonexistent/python"])
def test_without_children_it_is_tried_here(sample: Subject, command: str) -> None:
    timings = measure_apart(sample.file, choices(1), SIZE, vectors=[sample.vector], budget=0.1, command=(command,))
    assert timings[0].frames


def test_an_error_of_the_child_is_ours(sample: Subject) -> None:
    timings = measure_apart(sample.file, choices(1), SIZE, vectors=[np.full_like(sample.vector, np.nan)], budget=0.1)
    assert timings[0].verdict == "failed"
    assert "dead" in timings[0].problem


def test_a_crash_is_remembered(sample: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def apart(file: object, wanted: list[Choice], *args: object, **more: object) -> object:
        calls.append(wanted)
        return measure_apart(sample.file, wanted, SIZE, vectors=[sample.vector], budget=0.2, command=broken)

    broken = child("os.abort()", "True")
    monkeypatch.setattr(tuning, "measure_apart", apart)
    settings = NetworkSettings(runtime=runtimes()[0].name, weights="int8", threads=1)
    for _ in range(2):
        with pytest.raises(NetworkFileError, match=r"runs in no runtime here: .* crashed \(SIGABRT\)"):
            tuning_table(sample.file, settings, 64, tmp_path, vector=sample.vector)
    # Nor is it tried at another size, or as the way that was chosen before.
    with pytest.raises(NetworkFileError, match="SIGABRT"):
        make_sure(sample.file, choices(1)[0], (80, 80), tmp_path, vector=sample.vector)
    assert len(calls) == 1


def test_what_ran_once_is_not_tried_again(sample: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_sure(sample.file, choices(1)[0], SIZE, tmp_path, vector=sample.vector)
    monkeypatch.setattr(tuning, "measure_apart", lambda *_: pytest.fail("tried again"))
    make_sure(sample.file, choices(1)[0], SIZE, tmp_path, vector=sample.vector)


def test_the_child_hears_nothing_of_systemd(sample: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere")
    seen = child("os._exit(9 if 'NOTIFY_SOCKET' in os.environ else 8)", "True")
    timings = measure_apart(sample.file, choices(1), SIZE, vectors=[sample.vector], budget=0.1, command=seen)
    assert "status 8" in timings[0].problem
    assert os.environ["NOTIFY_SOCKET"] == "/nowhere"
    assert trial.SILENCE_SECONDS > 1
