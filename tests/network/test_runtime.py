import importlib.metadata
import subprocess
import sys

import numpy as np
import pytest

from installation.errors import NetworkFileError, RuntimeMissing
from installation.frame import Pixels
from installation.network import runtime as runtime_module
from installation.network.probe import difference, sample_picture
from installation.network.runtime import Choice, InferenceSession, runtimes
from tests.network.sample import EVERY_WAY, Subject


def test_a_runtime_is_installed() -> None:
    names = [runtime.name for runtime in runtimes()]
    assert names
    assert set(names) <= {"litert", "tflite-runtime"}


def test_tflite_runtime_needs_numpy_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2.0")
    monkeypatch.setattr(np, "__version__", "2.1.0")
    assert [runtime.name for runtime in runtimes()] == ["litert"]
    monkeypatch.setattr(np, "__version__", "1.26.4")
    assert [runtime.name for runtime in runtimes()] == ["litert", "tflite-runtime"]


def _paint(subject: Subject, choice: Choice, edges: tuple[int, int]) -> Pixels:
    picture = np.empty((*edges, 3), np.uint8)
    InferenceSession(subject.file, choice, edges).run(sample_picture(*edges), subject.vector, picture)
    return picture


@pytest.mark.parametrize("edges", [(256, 256), (192, 192), (256, 320)])
def test_runtimes_agree_on_the_file_as_stored(subject: Subject, edges: tuple[int, int]) -> None:
    """Across runtimes where both are installed (tflite-runtime wants numpy 1, which ai-edge-litert takes too)."""
    pictures = [_paint(subject, choice, edges) for choice in EVERY_WAY if choice.weights == "int4"]
    assert pictures[0].std() > 5
    assert max(difference(pictures[0], picture) for picture in pictures) <= 2


@pytest.mark.parametrize("edges", [(256, 256), (192, 192)])
def test_every_way_agrees_but_for_rounding(subject: Subject, edges: tuple[int, int]) -> None:
    """XNNPACK rounds otherwise than the built-in kernels, and each AdaIN amplifies that."""
    pictures = [_paint(subject, choice, edges) for choice in EVERY_WAY]
    assert max(difference(pictures[0], picture) for picture in pictures) <= 2


def test_the_canvas_stays(subject: Subject, choice: Choice) -> None:
    """It is written once; were it overwritten while painting, later pictures would differ."""
    session = InferenceSession(subject.file, choice, (256, 256))
    pictures = [np.empty((256, 256, 3), np.uint8) for _ in range(3)]
    for picture in pictures:
        session.run(sample_picture(256, 256), subject.vector, picture)
    assert np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])


def test_a_runtime_that_is_not_there(sample: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_module, "runtimes", lambda: ())
    with pytest.raises(RuntimeMissing, match="litert is not installed here"):
        InferenceSession(sample.file, Choice("litert", "1", "int8", 1), (256, 256))


def test_a_size_that_the_network_cannot_take(sample: Subject, choice: Choice) -> None:
    with pytest.raises(NetworkFileError, match=r"choose another network\.size"):
        InferenceSession(sample.file, choice, (100, 90))


def test_no_banner_but_every_error() -> None:
    script = """
import os, sys
from installation.network.banner import without_banner
from installation.network.runtime import Choice, InferenceSession, runtimes
from installation.network.tflite import NetworkFile
from tests.network.sample import sample_network
runtime = runtimes()[0]
InferenceSession(NetworkFile.parse(sample_network()), Choice(runtime.name, runtime.version, "int8", 1), (256, 256))
with without_banner():
    os.write(2, b"INFO: hello\\nERROR: trouble\\n")
print("after", file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.splitlines() == ["ERROR: trouble", "after"]
