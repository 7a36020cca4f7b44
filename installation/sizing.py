"""Chooses how large a picture this machine paints fast enough (``network.size = "auto"``)."""

import statistics
import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from installation.network.runtime import Choice
from installation.network.stylizer import Stylizer, test_picture
from installation.network.tflite import NetworkFile

SIZES: Final = (192, 256, 384, 512, 768, 1024)
MARGIN: Final = 0.7
"""Share of a frame's time that painting may take: the rest is for the camera and the screen."""
TRIES: Final = 5


def largest_that_holds(file: NetworkFile, choice: Choice, fps: float) -> Stylizer:
    """The stylizer of the largest size that paints ``fps`` pictures a second; the smallest where none does.

    Sizes are tried from small to large and the first that is too slow ends the search, so it takes about a second.
    """
    vector = np.ones(file.vector_length, np.float32)
    return pick(lambda size: Stylizer(file, choice, size), fps, lambda stylizer: seconds_per_picture(stylizer, vector))


def pick(make: Callable[[int], Stylizer], fps: float, measure: Callable[[Stylizer], float]) -> Stylizer:
    """As `largest_that_holds`, for any maker of stylizers; ``measure`` returns the seconds of one picture."""
    best = make(SIZES[0])
    for size in SIZES[1:]:
        candidate = make(size)
        if measure(candidate) > MARGIN / fps:
            break
        best = candidate
    return best


def seconds_per_picture(stylizer: Stylizer, vector: NDArray[np.float32]) -> float:
    """Median time of a few pictures."""
    picture = test_picture(stylizer.size, stylizer.size)
    times = []
    for _ in range(TRIES):
        start = time.perf_counter()
        stylizer.paint(picture, vector)
        times.append(time.perf_counter() - start)
    return statistics.median(times)
