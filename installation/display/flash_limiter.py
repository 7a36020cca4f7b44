"""Limits flashing, whatever causes it: commands, a broken network, a flickering lamp.

WCAG 2.3.1: nothing flashes more than three times in any second. A flash is a pair of opposing changes of relative
luminance by 10 % of the maximum; it counts where it covers a quarter of any 10 degrees of the visual field. Flashing
red counts as well.

The picture is divided into cells. Cells that flash over a large part of a field follow the picture slowly, and so show
a mean of it. A cell that has made all the changes allowed in a second holds the next one back. Every other picture
passes unchanged, without a copy.
"""

import math
from dataclasses import replace
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from installation.display.base import View
from installation.display.flash_counter import SECOND, FlashCounter, Values
from installation.frame import Pixels

SHORT_EDGE: Final = 24
LONGEST_EDGE: Final = 96
"""Cells along the picture's edges: at 24, a cell is some 0.7 degrees high from two metres before a 43-inch screen."""
SAMPLES: Final = 4
"""Sampled pixels along a cell's edge."""
FIELD: Final = 1 / 3
"""Part of each edge of the screen that 10 degrees of the visual field take (WCAG's 341×256 of 1024×768 pixels)."""
AREA: Final = 0.15
"""Part of a field that may flash without limit: WCAG allows 0.25."""
SLOW_SECONDS: Final = 0.5
"""Time constant with which flashing cells follow their picture."""
CALM_SECONDS: Final = 2.0
"""Seconds after the last flash until cells follow their picture at full speed again."""
RED: Final = 1.6
"""Weight of saturated red: WCAG counts a change of 20/320 of R−G−B, of luminance one of 0.1."""

REST_SECONDS: Final = 0.6
"""Least seconds that a card, the black screen or pictures stay before another of these replaces them."""

_ALIKE: Final = 1e-3
"""A smaller difference in pace between cells is ignored."""

Kind = Literal["picture", "card", "dark"]

_LUMINANCE: Final = (0.2126, 0.7152, 0.0722)


class FlashLimiter:
    """Limits the views of one screen; the caller passes the time, ``now`` in monotonic seconds.

    A view's picture must stay valid until the call after the next one.
    """

    def __init__(self) -> None:
        self._cells: _Cells | None = None
        self._shown: Pixels | None = None
        self._black = np.empty((0, 0, 3), np.uint8)
        self._buffers: list[Pixels] = []
        self._last: View | None = None
        self._kind: Kind | None = None
        self._kind_since = -np.inf

    def limit(self, view: View, now: float) -> View:
        """Return the view, or one that changes less. Call it with each view, just before it is shown."""
        kind = self._kind_of(view)
        if kind != self._kind:
            if self._last is not None and now - self._kind_since < REST_SECONDS:
                return self._last
            if self._kind == "picture" and self._cells is not None:
                self._cells.interrupt(now)
            self._kind, self._kind_since = kind, now
        self._last = self._limited_view(view, now) if kind == "picture" else view
        if kind != "picture":
            self._shown = None
        return self._last

    def _kind_of(self, view: View) -> Kind:
        if view.black:
            # The last picture fades to black, and back.
            return "dark" if self._shown is None else "picture"
        if view.card is not None:
            return "card"
        return "dark" if view.picture is None else "picture"

    def _limited_view(self, view: View, now: float) -> View:
        wanted = self._blackness() if view.black or view.picture is None else view.picture
        shown = self._shown = self._limited(wanted, now)
        if shown is wanted:
            return view
        return replace(view, black=False, picture=shown, caption=None if view.black else view.caption)

    def _blackness(self) -> Pixels:
        """A black picture of the size of the one on screen."""
        if self._shown is not None and self._black.shape != self._shown.shape:
            self._black = np.zeros(self._shown.shape, np.uint8)
        return self._black

    def _limited(self, wanted: Pixels, now: float) -> Pixels:
        shape = _grid(*wanted.shape[:2])
        if self._cells is None or self._cells.shape != shape:
            self._cells = _Cells(shape)
            self._shown = None
        cells, before = self._cells, self._shown
        if before is None:
            cells.begin(wanted, now)
            return wanted
        pace = cells.pace(wanted, now)
        if pace is None:
            return wanted
        height, width = wanted.shape[:2]
        if before.shape != wanted.shape:
            before = cv2.resize(before, (width, height)).astype(np.uint8, copy=False)
        shown = self._mixed(before, wanted, pace)
        cells.count(shown, now)
        return shown

    def _mixed(self, before: Pixels, wanted: Pixels, pace: Values) -> Pixels:
        """Blend two pictures, each pixel by its cell's pace (0…1)."""
        height, width = wanted.shape[:2]
        if not self._buffers or self._buffers[0].shape != wanted.shape:
            self._buffers = [np.empty_like(wanted) for _ in range(2)]
            self._weights = np.empty((2, height, width), np.float32)
        self._buffers.reverse()
        slowest, fastest = float(pace.min()), float(pace.max())
        if fastest - slowest < _ALIKE:  # where everything flashes: a tenth of the time
            cv2.addWeighted(wanted, slowest, before, 1.0 - slowest, 0.0, dst=self._buffers[0])
            return self._buffers[0]
        new, old = self._weights
        cv2.resize(pace, (width, height), dst=new, interpolation=cv2.INTER_LINEAR)
        np.subtract(1.0, new, out=old)
        cv2.blendLinear(wanted, before, new, old, dst=self._buffers[0])
        return self._buffers[0]


class _Cells:
    """Luminance and red of each cell, as wanted and as shown. ``shape`` is rows and columns."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        rows, columns = shape
        self._wanted, self._shown = FlashCounter((rows, columns, 2)), FlashCounter((rows, columns, 2))
        self._light = np.zeros((rows, columns, 2), np.float32)
        """What is on screen."""
        self._next = np.zeros((rows, columns, 2), np.float32)
        self._samples = np.empty((rows * SAMPLES, columns * SAMPLES, 3), np.uint8)
        self._linear = np.empty((rows * SAMPLES, columns * SAMPLES, 3), np.float32)
        self._colours = np.empty((rows, columns, 3), np.float32)
        self._map, self._area = np.empty(shape, np.float32), np.empty(shape, np.float32)
        self._expected = np.empty((rows, columns, 2), np.float32)
        self._over_at, self._calm_at = np.full(shape, -np.inf), np.full(shape, -np.inf)
        self._pace, self._smooth = np.ones(shape, np.float32), np.ones(shape, np.float32)
        self._field = tuple(max(1, round(edge * FIELD)) for edge in (columns, rows))
        self._window = np.ones(self._field[::-1], np.uint8)
        self._at = -np.inf
        self._calm_until = -np.inf
        self._interrupted = False

    def begin(self, picture: Pixels, now: float) -> None:
        """The first picture, or the first after a card: then that is a change, of unknown size."""
        if self._interrupted:
            self._shown.charge(now)
            self._interrupted = False
        self._measure(picture, self._light)
        self._wanted.restart(self._light)
        self._shown.restart(self._light)
        self._at = now

    def interrupt(self, now: float) -> None:
        """A card replaces the picture, until `begin`: a change of unknown size."""
        self._shown.charge(now)
        self._interrupted = True

    def pace(self, picture: Pixels, now: float) -> Values | None:
        """How far each cell may follow the picture, 0…1; None where all may follow fully: that counts as shown."""
        self._measure(picture, self._next)
        self._look(now)
        self._wanted.add(self._next, now)
        passed, self._at = now - self._at, now
        if now >= self._calm_until:
            self._shown.add(self._next, now)
            self._light, self._next = self._next, self._light
            return None
        self._set_pace(passed, now)
        return self._smooth

    def count(self, shown: Pixels, now: float) -> None:
        """Record what was shown instead."""
        self._measure(shown, self._light)
        self._shown.add(self._light, now)

    def _look(self, now: float) -> None:
        """Mark the cells that flash too often where they fill a large part of a field."""
        over = [
            mask
            for mask in (self._wanted.too_many(self._next, now), self._shown.too_many(self._next, now))
            if mask is not None and mask.any()
        ]
        if not over:
            return
        for mask in over:
            np.copyto(self._over_at, now, where=mask.any(axis=2))
        np.copyto(self._map, self._over_at > now - SECOND)
        cv2.boxFilter(self._map, -1, self._field, dst=self._area, borderType=cv2.BORDER_REFLECT)
        np.copyto(self._area, self._area >= AREA)
        cv2.dilate(self._area, self._window, dst=self._area)
        np.multiply(self._map, self._area, out=self._map)
        if self._map.any():
            self._calm_until = now + CALM_SECONDS
            np.copyto(self._calm_at, self._calm_until, where=self._map > 0)

    def _set_pace(self, passed: float, now: float) -> None:
        follow = 1.0 - math.exp(-max(passed, 0.0) / SLOW_SECONDS)
        # Slow while it flashes, then gradually faster.
        rest = np.clip((self._calm_at - now) / CALM_SECONDS, 0.0, 1.0)
        np.copyto(self._pace, 1.0 - rest * (1.0 - follow))
        # Pictures are blended in stored values, about the square root of light.
        shown, wanted = np.sqrt(self._light), np.sqrt(self._next)
        np.square(shown + (wanted - shown) * self._pace[..., None], out=self._expected)
        held = self._shown.too_many(self._expected, now)
        if held is not None:
            np.copyto(self._pace, 0.0, where=held.any(axis=2) & (self._calm_at > now))
        # The pace is interpolated between cells, so use the slowest around: no cell may become faster by it.
        cv2.erode(self._pace, _NEIGHBOURS, dst=self._smooth)

    def _measure(self, picture: Pixels, light: Values) -> None:
        """Mean relative luminance, and saturated red, of each cell into ``light``."""
        rows, columns = self.shape
        cv2.resize(picture, self._samples.shape[1::-1], dst=self._samples, interpolation=cv2.INTER_NEAREST)
        cv2.LUT(self._samples, _LINEAR, dst=self._linear)
        cv2.resize(self._linear, (columns, rows), dst=self._colours, interpolation=cv2.INTER_AREA)
        cv2.transform(self._colours, _TO_LIGHT, dst=light)
        np.maximum(light, 0.0, out=light)


def _grid(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of about square cells."""
    edge = max(min(height, width) / SHORT_EDGE, max(height, width) / LONGEST_EDGE)
    return max(1, round(height / edge)), max(1, round(width / edge))


def _linear() -> NDArray[np.float32]:
    """Relative luminance of each stored value (sRGB)."""
    stored = np.arange(256) / 255
    return np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR: Final = _linear()
_NEIGHBOURS: Final = np.ones((3, 3), np.uint8)
_TO_LIGHT: Final = np.array([_LUMINANCE, (RED, -RED, -RED)], np.float32)
