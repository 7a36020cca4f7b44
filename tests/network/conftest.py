"""Networks to try, and each way to run them here."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from installation.network.runtime import Choice
from installation.network.tflite import NetworkFile
from tests.network.sample import EVERY_WAY, VECTOR, Subject, sample_network

STYLES = Path(__file__).parents[2] / "styles"


def _shipped() -> Subject:
    path = STYLES / "network.tflite"
    if not path.exists():
        pytest.skip("styles/network.tflite is not there (train it first)")
    file = NetworkFile.load(path)
    for style in sorted(STYLES.glob("*.toml")):
        vector = tomllib.loads(style.read_text(encoding="utf-8")).get("vector", ())
        if style.stem != "photo" and len(vector) == file.vector_length:
            return Subject(file, np.array(vector, np.float32))
    pytest.skip("styles/ holds no style for the network")


@pytest.fixture(scope="session")
def sample() -> Subject:
    vector = np.concatenate([np.ones(VECTOR // 2), np.zeros(VECTOR // 2)]).astype(np.float32)
    return Subject(NetworkFile.parse(sample_network()), vector)


@pytest.fixture(scope="session", params=["sample", "shipped"])
def subject(request: pytest.FixtureRequest, sample: Subject) -> Subject:
    return sample if request.param == "sample" else _shipped()


@pytest.fixture(params=EVERY_WAY, ids=[f"{choice.runtime}-{choice.weights}" for choice in EVERY_WAY])
def choice(request: pytest.FixtureRequest) -> Choice:
    """Each runtime here, in both weight forms."""
    return request.param
