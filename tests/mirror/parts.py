"""Fakes for the mirror's neighbours that no package part ships."""

import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from installation.collection import Style
from installation.errors import StyleError
from installation.frame import edges
from installation.network.runtime import Choice
from installation.show.offer import Offer, OfferedStyle
from tests.fakes import Fake

K = 4


def a_style(name: str, title: str = "") -> Style:
    vector = np.full(K, 0.0 if name == "photo" else 1.0, np.float32)
    return Style(
        name=name, title=title or name.title(), artist="Hokusai", year="1831", licence="CC0", source="", vector=vector
    )


class FakeCollection(Fake):
    def __init__(self, *names: str) -> None:
        self.names = (*(names or ("great-wave", "scream")), "photo")
        self._styles = {name: a_style(name) for name in self.names}
        self.photo = self._styles["photo"]
        self.network_path = None

    def __getitem__(self, name: str) -> Style:
        if name not in self._styles:
            raise StyleError(f"there is no style '{name}'")
        return self._styles[name]

    def vector(self, mix, strength, out=None):
        out = np.zeros(K, np.float32) if out is None else out
        out[:] = strength * sum(weight * self._styles[name].vector[0] for name, weight in mix.items())
        return out


class FakeStylizer(Fake):
    """Paints the negative; ``fail`` holds the errors that the next calls raise."""

    def __init__(self, size: int | tuple[int, int] = 64) -> None:
        self.height, self.width = edges(size)
        self.canvas_seconds = 0.0
        self.choice = Choice("litert", "1.0", "int8", 1)
        self.arena_bytes = 2**20
        self.fail: list[Exception] = []
        self.vectors: list[float] = []
        self._out = np.zeros((self.height, self.width, 3), np.uint8)

    def paint(self, pixels, vector):
        self.vectors.append(float(vector[0]))
        if self.fail:
            raise self.fail.pop(0)
        np.subtract(255, pixels, out=self._out)
        return self._out


FakeFile: Any = SimpleNamespace(sha256="ab" * 32)


@dataclass
class FakeControl(Fake):
    state: str = "online"
    trouble: str = ""
    dropped: int = 3
    scenes: list = field(default_factory=list)
    reports: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    offers: list = field(default_factory=list)
    handed: list = field(default_factory=list)
    """Souvenirs: secret, picture, seconds, fetches."""
    outcome: str | None = ""
    """How they were handed over."""

    def hand_over(self, secret, picture, *, seconds, fetches):
        self.handed.append((secret, picture, seconds, fetches))

    def handed_over(self):
        return self.outcome

    def show(self, scene):
        self.scenes.append(scene)

    def health(self, health):
        self.reports.append(health)

    def offer(self, offer, network_sha256):
        self.offers.append((offer, network_sha256))

    def respond(self, request, error=None, data=None):
        self.answers.append((request, error, data))


@dataclass
class FakeNotifier(Fake):
    said: list = field(default_factory=list)

    def ready(self):
        self.said.append("ready")

    def status(self, text):
        self.said.append(text)

    def alive(self, seconds):
        self.said.append("alive")


def an_offer(*names: str) -> Offer:
    return Offer(tuple(OfferedStyle(name=name, title=name.title(), artist="Hokusai", year="1831") for name in names))


def in_time(stop, seconds: float = 20.0) -> threading.Timer:
    """Call ``stop`` if a test hangs."""
    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    return timer
