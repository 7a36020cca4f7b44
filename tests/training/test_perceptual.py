import sys

import pytest

pytest.importorskip("torch", reason="torch is not installed (train extra)")

from installation.errors import UsageError
from installation.training.perceptual import load_perceptual


def test_what_is_missing_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    monkeypatch.setitem(sys.modules, "torchvision.models", None)
    with pytest.raises(UsageError, match="pip install torchvision"):
        load_perceptual("vgg19")
