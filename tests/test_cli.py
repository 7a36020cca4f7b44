import json
import logging
import os
import subprocess
import sys

import pytest

from installation import cli
from installation.errors import CameraMissing, SettingsError, UsageError


@pytest.fixture(autouse=True)
def root_logger():
    """Give the root logger back its handlers: `main` configures it for a process of its own."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def command(monkeypatch):
    """Replace ``run`` by what the test says; returns a function that sets it."""
    from installation.commands import run

    def set_behaviour(behaviour):
        monkeypatch.setattr(run, "run", behaviour)

    return set_behaviour


def raising(error):
    def behaviour(_args):
        raise error

    return behaviour


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CameraMissing("webcam 3: is not there; plug it in"), 1),
        (SettingsError("camera.fps: expected `float` >= 1.0"), 2),
        (UsageError("--frames 0: must be 1 or more"), 2),
        (ZeroDivisionError("division by zero"), 1),
    ],
)
def test_an_error_is_one_sentence_and_a_status(command, capsys, error, status):
    command(raising(error))
    assert cli.main(["run"]) == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert str(error) in printed.err
    assert printed.err.startswith("art-installation: ")
    assert "Traceback" not in printed.err


def test_an_error_of_several_lines_becomes_one(command, capsys):
    command(raising(CameraMissing("first\n  second")))
    cli.main(["run"])
    assert capsys.readouterr().err == "art-installation: first second\n"


def test_the_command_returns_the_status(command):
    command(lambda _args: 75)
    assert cli.main(["run"]) == 75


def test_an_interrupt_is_quiet(command, capsys):
    command(raising(KeyboardInterrupt()))
    assert cli.main(["run"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [[], ["paint"], ["run", "--frame", "3"], ["run", "--frames", "many"]])
def test_wrong_use_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    assert exit_.value.code == 2
    assert "usage: art-installation" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "usage", "says"),
    [
        (["stylise", "a.jpg"], "art-installation [-h]", "there is no 'stylise'; did you mean 'stylize'?"),
        (["parser"], "art-installation [-h]", "there is no 'parser'"),
        (["run", "--frame", "3"], "art-installation run", "there is no option '--frame'; did you mean '--frames'?"),
        (["run", "--zzz=3"], "art-installation run", "there is no option '--zzz'\n"),
        (["run", "--frames", "many"], "art-installation run", "argument --frames: 'many' is not a whole number"),
        (["stylize", "a.jpg", "-o", "b", "--strength", "x"], "art-installation stylize", "'x' is not a number"),
        (["run", "now"], "art-installation run", "'now' is one word too many"),
        (["styles", "lst"], "art-installation styles [-h]", "there is no 'lst'; did you mean 'list'?"),
        (["styles", "list", "--jsn"], "art-installation styles list", "did you mean '--json'?"),
        (["run", "--display", "projector"], "art-installation run", "choose from auto, fullscreen, window, headless"),
        (["fleet", "restrat"], "art-installation fleet [-h]", "did you mean 'restart'?"),
    ],
)
def test_a_slip_shows_what_was_probably_meant_and_the_usage_of_its_command(arguments, usage, says, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    assert exit_.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"usage: {usage}")
    assert says in said


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--help"])
    assert exit_.value.code == 0
    text = capsys.readouterr().out
    assert {"run", "demo", "bench"} <= set(text.split())


def test_version(capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith("art-installation ")


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from installation.cli import build_parser; build_parser(); "
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"numpy", "pygame", "av", "paho", "rich", "PIL", "torch", "msgspec"} & set(loaded.stdout.split())


def test_a_closed_pipe_is_no_error():
    run = f"{sys.executable} -m installation --help | true"
    # Buffered, as users have it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(["bash", "-c", run], capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert done.stderr == ""


@pytest.mark.parametrize("encoding", ["ascii"])
@pytest.mark.parametrize("arguments", ["styles list", "stylize --help", "check-config --example", "styles list --json"])
def test_a_terminal_without_unicode_loses_characters_and_nothing_else(encoding, arguments):
    done = subprocess.run(
        [sys.executable, "-m", "installation", *arguments.split()],
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    if arguments.endswith("--json"):
        years = {row["name"]: row["year"] for row in json.loads(done.stdout)}
        assert years["tableau"] == "1913–14"
