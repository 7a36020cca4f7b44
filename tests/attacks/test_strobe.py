"""Who tries to make the screen flash: the shown pictures are measured by WCAG 2.3.1."""

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import av
import numpy as np
import pytest

from installation.mirror.assembly import assembled
from installation.mirror.loop import Mirror
from installation.settings import parse
from installation.show.commands import Command, SetDisplay, SetMix, SetStrength, SetStyle
from tests.attacks.record import Attack
from tests.display.wcag import most_flashes

ALLOWED = 3
SECONDS = 4.0

pytestmark = pytest.mark.slow


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip that is black and white in turns, ten times a second each."""
    path = tmp_path / "strobe.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=20)
        stream.width, stream.height, stream.pix_fmt = 336, 192, "yuv420p"
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(np.full((192, 336, 3), 255 * (number % 2), np.uint8), format="rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def watched(tmp_path: Path, camera: str, ask: Callable[[Mirror, int], None]) -> list[tuple[float, np.ndarray]]:
    """What a real mirror shows in some seconds; ``ask`` is called after each picture."""
    settings = parse(
        {
            "camera": {"source": camera, "fps": 20.0},
            "display": {"mode": "headless", "caption": False},
            "network": {"size": 192, "weights": "int8", "threads": 1},
            "broker": {"url": "none"},
            "paths": {"state": str(tmp_path)},
        }
    )
    frames: list[tuple[float, np.ndarray]] = []
    with assembled(settings) as mirror:
        show = mirror.display.show

        def seen(view) -> None:
            show(view)
            if view.picture is not None or view.black:
                shape = frames[-1][1].shape if frames else (192, 336, 3)
                picture = np.zeros(shape, np.uint8) if view.picture is None else view.picture.copy()
                frames.append((time.monotonic(), picture))
                ask(mirror, len(frames))
            if frames and time.monotonic() - frames[0][0] > SECONDS:
                mirror.stop()

        with patch.object(mirror.display, "show", seen):
            mirror.run()
    return frames


def commands() -> dict[str, Iterator[Command]]:
    return {
        "two styles of unlike brightness in turns, `seconds` 0": itertools.cycle(
            [SetMix({"great-wave": 1.0}, 0.0), SetMix({"photo": 1.0}, 0.0)]
        ),
        "every style after the other": itertools.cycle(
            [SetStyle(name) for name in ("great-wave", "scream", "starry-night", "water-lilies", "photo")]
        ),
        "strength 0 and 1 in turns": itertools.cycle([SetStrength(0.0), SetStrength(1.0)]),
        "the display off and on": itertools.cycle([SetDisplay(on=False), SetDisplay(on=True)]),
    }


def flashes(tmp_path: Path, what: str, every: int) -> int:
    sent = commands()[what]

    def ask(mirror: Mirror, number: int) -> None:
        if number % every == 0:
            mirror._parts.queue.put(next(sent))

    frames = watched(tmp_path, "synthetic", ask)
    assert len(frames) > 30
    return most_flashes(frames)


def test_a_visitor_strobes(tmp_path: Path, attack: Attack) -> None:
    attack.is_about("A visitor sends styles, strengths, display OFF and ON with every picture, and with every third")
    paces = (1, 3)
    worst = {what: max(flashes(tmp_path, what, every) for every in paces) for what in commands()}
    assert max(worst.values()) <= ALLOWED
    told = "; ".join(f"{what}: {count}" for what, count in worst.items())
    attack.happened(
        tries=len(worst) * len(paces), what=f"most flashes in any second of the shown pictures, of 3 allowed: {told}"
    )


def test_a_camera_that_sees_a_strobe(tmp_path: Path, clip: Path, attack: Attack) -> None:
    attack.is_about("A strobe light in front of the camera, ten flashes a second")
    frames = watched(tmp_path, f"video:{clip}", lambda *_: None)
    worst = most_flashes(frames)
    assert worst <= ALLOWED
    attack.happened(tries=len(frames), what=f"{worst} flashes at most in any second of the shown pictures")
