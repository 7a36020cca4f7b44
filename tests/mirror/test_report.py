import json

import pytest

from installation.errors import OutputError
from installation.mirror.report import Report, Spread, write


def a_report():
    return Report(
        frames=300,
        fps=29.9,
        inference_ms=Spread(3.5, 4.1),
        stages_ms={"network": 3.0},
        latency_ms=Spread(9.0, 14.0),
        first_frame_ms=900.0,
        dropped=0,
        failures=0,
        rss_mb=101.2,
        rss_peak_mb=110.0,
        arena_mb=6.1,
        runtime="litert 2.3.0",
        weights="int8",
        threads=1,
        width=336,
        height=192,
        cost_class=256,
        cost_class_reason="network.size says so",
        network="ab" * 32,
        camera="synthetic",
        display="headless",
        version="0.1.0",
    )


def test_it_is_readable_json(tmp_path):
    path = tmp_path / "r.json"
    write(a_report(), path)
    data = json.loads(path.read_text())
    assert data["inference_ms"] == {"median": 3.5, "p95": 4.1}
    assert data["runtime"] == "litert 2.3.0"
    assert [entry.name for entry in tmp_path.iterdir()] == ["r.json"]


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write(a_report(), tmp_path / "file" / "r.json")


def test_the_old_report_stays_when_the_new_one_cannot_be_written(tmp_path):
    path = tmp_path / "r.json"
    path.mkdir()
    (path / "inside").touch()
    with pytest.raises(OutputError):
        write(a_report(), path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["r.json"]
