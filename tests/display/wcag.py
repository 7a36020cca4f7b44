"""Counts flashes in shown pictures by the words of WCAG 2.3.1, pixel by pixel and slowly, in code of its own."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = Iterable[tuple[float, NDArray[np.uint8]]]
"""Moments in seconds, and the pictures that came on screen then."""


def relative_luminance(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    stored = picture / 255
    linear = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def saturated_red(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Such that a change of 0.1 is one of 20/320 of R−G−B."""
    stored = picture / 255
    linear = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    return np.maximum(linear @ (1.6, -1.6, -1.6), 0)


def most_flashes(frames: Frames, value=relative_luminance, darker=0.8, field=1 / 3, area=0.25) -> int:
    """The most flashes in any second that a quarter of any 10-degree field sees."""
    changes: list[tuple[float, NDArray[np.bool_]]] = []
    lowest = highest = np.empty(0)
    rising = np.empty(0, np.int8)
    worst = 0
    for now, picture in frames:
        light = value(picture[::2, ::2])
        if light.shape != lowest.shape:
            lowest, highest, rising = light.copy(), light.copy(), np.zeros(light.shape, np.int8)
            changes = []
            continue
        up = (rising <= 0) & (light - lowest >= 0.1) & (lowest < darker)
        down = (rising >= 0) & (highest - light >= 0.1) & (light < darker)
        down &= ~up
        changed = up | down
        rising[up], rising[down] = 1, -1
        lowest = np.where(changed, light, np.minimum(lowest, light))
        highest = np.where(changed, light, np.maximum(highest, light))
        changes = [(at, where) for at, where in changes if at > now - 1.0]
        changes.append((now, changed))
        counts = np.sum([where for _, where in changes], axis=0)
        window = [max(1, round(edge * field)) for edge in light.shape[::-1]]
        while _covers(counts >= 2 * (worst + 1), window, area):
            worst += 1
    return worst


def _covers(flashing: NDArray[np.bool_], window: list[int], area: float) -> bool:
    part = cv2.boxFilter(flashing.astype(np.float32), -1, window, borderType=cv2.BORDER_CONSTANT)
    return bool(part.max() >= area)
