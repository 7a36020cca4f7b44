"""Renders what a screen would show into a picture, with the same code and without a screen."""

import numpy as np
import pygame

from installation.display.base import View
from installation.display.compositor import Compositor
from installation.display.geometry import Size
from installation.display.surface import SheetScreen
from installation.frame import Pixels
from installation.settings import DisplaySettings


class Sheet:
    """An off-screen display of ``size`` (width, height) with these settings; `draw` returns what it would show."""

    def __init__(self, size: Size, settings: DisplaySettings) -> None:
        pygame.font.init()
        self._turns = settings.rotation // 90
        self._screen = SheetScreen(size, settings)
        self._compositor = Compositor(self._screen, settings)

    def compose(self, view: View) -> None:
        """Draw the view without returning it: to measure the cost of drawing."""
        self._compositor.draw(view)

    def draw(self, view: View) -> Pixels:
        """The view as a visitor sees it, upright: uint8 ``[height, width, 3]``."""
        self._compositor.draw(view)
        return np.ascontiguousarray(np.rot90(self._screen.grab(), self._turns))
