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


def test_without_pytorch_it_names_the_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["train", "--photos", "p", "--paintings", "q"]) == 2
    assert "pip install 'art-installation[train]'" in capsys.readouterr().err


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
