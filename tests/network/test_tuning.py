import json
from pathlib import Path
from time import monotonic

import msgspec
import pytest

from installation.errors import NetworkFileError, RuntimeMissing, UsageError
from installation.network import tuning as tuning_module
from installation.network.runtime import Choice, Runtime, runtimes
from installation.network.sizes import CLASSES
from installation.network.tflite import NetworkFile
from installation.network.timing import Timing
from installation.network.tuning import Tuning, candidates, choose, starting_class, thread_counts, tune, tuning_table
from installation.network.tuning_cache import FILE_NAME, TuningCache, TuningKey
from installation.settings import NetworkSettings
from tests.network.sample import Subject, sample_network

AUTO = NetworkSettings()
ONE = Choice("litert", "1", "int8", 1)
TWO = Choice("litert", "1", "int8", 2)


def _tune(subject: Subject, state: Path | None, settings: NetworkSettings = AUTO, size: int = 64) -> Tuning:
    return tuning_table(subject.file, settings, size, state, 1.0, vector=subject.vector)


def test_it_chooses_and_keeps_the_choice(subject: Subject, tmp_path: Path) -> None:
    started = monotonic()
    first = tuning_table(subject.file, AUTO, 256, tmp_path / "state", vector=subject.vector)
    assert monotonic() - started < 10, "about 3 seconds, more on a loaded machine"
    assert not first.cached
    assert first.choice in [timing.choice for timing in first.timings]
    assert all(timing.verdict != "wrong" for timing in first.timings), first.timings
    second = tuning_table(subject.file, AUTO, 256, tmp_path / "state", vector=subject.vector)
    assert second.cached
    assert second.choice == first.choice
    assert second.timings == first.timings
    assert tune(subject.file, AUTO, 256, tmp_path / "state") == first.choice


def test_another_size_network_or_cpu_is_timed_anew(
    sample: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not _tune(sample, tmp_path).cached
    assert not _tune(sample, tmp_path, size=80).cached
    assert not _tune(Subject(NetworkFile.parse(sample_network(seed=2)), sample.vector), tmp_path).cached
    assert _tune(sample, tmp_path).cached
    monkeypatch.setattr("installation.network.tuning_cache.cpu_model", lambda: "another board")
    assert not _tune(sample, tmp_path).cached


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"{}", b"[1]", b'[{"key": {}}]', b"[" * 100_000, b"\0" * 10**6])
def test_a_damaged_cache_is_timed_anew(sample: Subject, tmp_path: Path, text: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(text)
    assert not _tune(sample, tmp_path).cached
    assert _tune(sample, tmp_path).cached


def test_a_kept_choice_that_cannot_be_is_ignored(sample: Subject, tmp_path: Path) -> None:
    first = _tune(sample, tmp_path)
    entries = json.loads((tmp_path / FILE_NAME).read_text())
    entries[0]["choice"]["threads"] = 99
    (tmp_path / FILE_NAME).write_text(json.dumps(entries))
    assert _tune(sample, tmp_path).choice.threads <= max(timing.choice.threads for timing in first.timings)


def test_without_a_state_folder(sample: Subject, tmp_path: Path) -> None:
    assert not _tune(sample, None).cached
    (tmp_path / "file").write_text("in the way")
    assert not _tune(sample, tmp_path / "file").cached


def test_nothing_half_written(sample: Subject, tmp_path: Path) -> None:
    _tune(sample, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    cache = TuningCache(tmp_path)
    for size in range(64, 64 + 40):
        cache.put(TuningKey.here("0" * 64, size, [ONE]), ONE, [])
    assert len(msgspec.json.decode((tmp_path / FILE_NAME).read_bytes())) <= 16
    assert cache.get(TuningKey.here("0" * 64, 103, [ONE])) is not None


def test_settings_pin_the_choice(sample: Subject) -> None:
    name = runtimes()[0].name
    pinned = _tune(sample, None, NetworkSettings(runtime=name, weights="int4", threads=3))
    assert pinned.choice == Choice(name, runtimes()[0].version, "int4", 3)
    assert {choice.weights for choice in candidates(NetworkSettings(weights="int8"))} == {"int8"}


def test_a_pinned_runtime_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning_module, "runtimes", lambda: (Runtime("litert", "2"),))
    with pytest.raises(RuntimeMissing, match=r"tflite-runtime is not installed here.*network\.runtime to auto"):
        candidates(NetworkSettings(runtime="tflite-runtime"))
    monkeypatch.setattr(tuning_module, "runtimes", lambda: ())
    with pytest.raises(RuntimeMissing, match="pip install ai-edge-litert"):
        candidates(AUTO)


def test_a_dead_network(sample: Subject) -> None:
    with pytest.raises(NetworkFileError, match="dead"):
        _tune(Subject(NetworkFile.parse(sample_network(dead=True)), sample.vector), None)


def test_a_size_that_cannot_be(sample: Subject) -> None:
    with pytest.raises(UsageError):
        _tune(sample, None, size=100)


@pytest.mark.parametrize(("cpus", "counts"), [(1, (1,)), (2, (1, 2)), (3, (1, 2, 3)), (4, (1, 2, 4)), (64, (1, 2, 4))])
def test_thread_counts(cpus: int, counts: tuple[int, ...]) -> None:
    assert thread_counts(cpus) == counts


@pytest.mark.parametrize(("second_ms", "expected"), [(9.5, ONE), (5.0, TWO), (20.0, ONE)])
def test_more_threads_must_be_worth_it(second_ms: float, expected: Choice) -> None:
    timings = [Timing(ONE, "ok", 9, 10, 10, 10), Timing(TWO, "ok", 9, second_ms, second_ms, second_ms)]
    assert choose(timings) == expected


def test_a_fast_wrong_one_is_not_chosen() -> None:
    assert choose([Timing(ONE, "ok", 9, 10, 10, 10), Timing(TWO, "wrong", 9, 1, 1, 1)]) == ONE
    with pytest.raises(NetworkFileError, match="runs in no runtime here: broken"):
        choose([Timing(ONE, "failed", problem="broken")])


@pytest.mark.parametrize(
    ("frame_ms", "fps", "size"), [(4.0, 30, 512), (3.0, 30, 512), (1.0, 30, 1024), (90.0, 30, 192), (3.0, 15, 768)]
)
def test_the_size_follows_the_speed(
    sample: Subject, monkeypatch: pytest.MonkeyPatch, frame_ms: float, fps: float, size: int
) -> None:
    table = Tuning(ONE, (Timing(ONE, "ok", 9, frame_ms, frame_ms, frame_ms),), cached=True)
    monkeypatch.setattr(tuning_module, "tuning_table", lambda *_, **__: table)
    assert starting_class(sample.file, NetworkSettings(size="auto"), fps, None) == size
    assert starting_class(sample.file, NetworkSettings(size=384), fps, None) == 384


def test_the_size_is_measured_when_the_choice_is_pinned(sample: Subject) -> None:
    settings = NetworkSettings(runtime=runtimes()[0].name, weights="int8", threads=1, size="auto")
    assert starting_class(sample.file, settings, 30, None) in CLASSES
