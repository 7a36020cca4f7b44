"""`train`: what it asks of the training room, and what it says where it is not installed."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from installation.cli import main

pytestmark = pytest.mark.usefixtures("process_state")


@pytest.fixture
def module(monkeypatch):
    """Puts a module with these attributes where an import finds it."""

    def make(name, **attributes):
        made: Any = ModuleType(name)
        vars(made).update(attributes)
        monkeypatch.setitem(sys.modules, name, made)

    return make


@pytest.mark.parametrize("words", [["train", "--photos", "p", "--paintings", "q"], ["styles", "add", "p.jpg"]])
def test_without_pytorch_it_names_commands_that_the_docs_have(monkeypatch, capsys, words):
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [name for name in sys.modules if name.startswith("installation.training")]:
        monkeypatch.delitem(sys.modules, name)
    assert main(words) == 2
    command = "pip install --no-compile -e '.[train]'"
    assert command in capsys.readouterr().err
    assert f"\n{command}\n" in (Path(__file__).parents[2] / "docs/training.md").read_text()


def test_train_hands_its_words_on_and_writes_the_collection(module, tmp_path, capsys):
    asked: list[Any] = []

    class Trainer:
        model = type("Model", (), {"eval": lambda _self: asked.append("eval")})()

    def train(*words):
        asked.append(words)
        return Trainer()

    module("torch", set_num_threads=asked.append)
    module("installation.training.recipe", load_recipe=lambda path: f"recipe {path}")
    module("installation.training.run", train=train)
    module("installation.training.export", write_collection=lambda _model, _recipe, folder: folder / "network.tflite")
    words = ["--photos", "a", "b", "--paintings", "c", "--run", str(tmp_path), "--threads", "2", "--begin", "d.pt"]
    assert main(["train", *words, "-o", str(tmp_path)]) == 0
    threads, (recipe, photos, paintings, teacher, _run, begin), evaluated = asked
    assert (threads, recipe, teacher, begin, evaluated) == (2, "recipe None", "vgg19", Path("d.pt"), "eval")
    assert [str(path) for path in (*photos, paintings)] == ["a", "b", "c"]
    assert capsys.readouterr().out == f"{tmp_path / 'network.tflite'}\n"
