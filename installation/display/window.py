"""A window or the whole screen, through SDL; drawn by the GPU where there is one, else by the CPU."""

import logging
import os
import sys
import time
from collections.abc import Callable, MutableMapping

import pygame

from installation.display import kms
from installation.display.base import View
from installation.display.compositor import Compositor
from installation.display.geometry import Size, upright
from installation.display.keyboard import command_of
from installation.display.screen import SDL_ERROR, Screen
from installation.display.surface import SurfaceScreen
from installation.errors import DisplayError
from installation.frame import Pixels
from installation.settings import DisplaySettings
from installation.show.commands import Command, Quit

BLIND_DRIVERS = ("dummy", "offscreen", "evdev")
"""SDL drivers without a screen; SDL may choose them on its own."""
KMSDRM = "kmsdrm"
REST = 1.0
"""Seconds after which an unchanged card is drawn again."""
GLES = "opengles2"

Maker = Callable[[bool, DisplaySettings], Screen]

logger = logging.getLogger(__name__)


class WindowDisplay:
    """``mode`` is window, fullscreen, or auto: fullscreen, then a window."""

    def __init__(self, mode: str, settings: DisplaySettings) -> None:
        self.name = "window" if mode == "window" else "fullscreen"
        self.driver = "none"
        self.stages = {"compose": 0.0, "show": 0.0}
        self._mode = mode
        self._settings = settings
        self._screen: Screen | None = None
        self._compositor: Compositor | None = None
        self._resting: View | None = None
        self._draw_again_at = 0.0
        self._compromise = ""

    def open(self) -> None:
        """Open the window or the whole screen.

        Raises:
            DisplayError: no screen opens.
        """
        try:
            driver = connect()
            pygame.font.init()
            # Without a desktop there are no windows: SDL would only choose a smaller mode.
            fullscreen, screen = self._open_screen("fullscreen" if driver == KMSDRM else self._mode)
        except DisplayError:
            self.close()
            raise
        pygame.mouse.set_visible(not fullscreen)
        self._screen, self._compositor = screen, Compositor(screen, self._settings)
        width, height = screen.size
        self.name = f"{'fullscreen' if fullscreen else 'window'} {width}×{height}"
        self.driver = driver + screen.how
        logger.info("display %s on %s", self.name, self.driver)

    @property
    def canvas(self) -> Size:
        """Size of the open window in pixels, upright; the settings' size before it is open."""
        size = self._screen.size if self._screen else (self._settings.width, self._settings.height)
        return upright(size, self._settings.rotation)

    def problem(self) -> str:
        """Whether no screen is connected, or fullscreen failed, in words; else empty."""
        nothing = kms.disconnected(kms.connectors()) if self.driver.startswith(KMSDRM) else ""
        return nothing or self._compromise

    def show(self, view: View) -> None:
        """Draw and present the view; a card that is already on screen is redrawn only rarely, to save CPU time."""
        now = time.monotonic()
        if self._resting is not None and view.picture is None and view == self._resting and now < self._draw_again_at:
            return
        self._resting = view if view.picture is None else None
        self._draw_again_at = now + REST
        if self._screen is None or self._compositor is None:
            raise DisplayError("the screen is not open; open it first")
        try:
            start = time.perf_counter()
            self._compositor.draw(view)
            drawn = time.perf_counter()
            self._screen.present()
            self.stages["compose"], self.stages["show"] = drawn - start, time.perf_counter() - drawn
        except SDL_ERROR as error:
            raise DisplayError(f"the screen is gone ({error}); check its cable") from None

    def events(self) -> list[Command]:
        """Keys, and the window's closing."""
        commands: list[Command] = []
        for event in pygame.event.get():
            if event.type in (pygame.QUIT, pygame.WINDOWCLOSE):
                commands.append(Quit())
            elif event.type == pygame.WINDOWEXPOSED:
                self._resting = None
            elif event.type == pygame.KEYDOWN:
                command = command_of(pygame.key.name(event.key))
                if command is not None:
                    commands.append(command)
        return commands

    def close(self) -> None:
        """Close the window; SDL releases the screen."""
        self._compositor = self._resting = None
        screen, self._screen = self._screen, None
        if screen is not None:
            screen.close()
        pygame.display.quit()

    def grab(self, view: View) -> Pixels:
        """The pixels that `show` would present: uint8 ``[height, width, 3]``.

        Raises:
            DisplayError: the screen is not open.
        """
        if self._screen is None or self._compositor is None:
            raise DisplayError("the screen is not open; open it first")
        self._compositor.draw(view)
        return self._screen.grab()

    def _open_screen(self, mode: str) -> tuple[bool, Screen]:
        """The first screen that opens in the allowed modes, GPU before CPU; and whether it is fullscreen."""
        failures: list[str] = []
        for fullscreen in {"window": (False,), "fullscreen": (True,)}.get(mode, (True, False)):
            for maker in (gpu_screen, SurfaceScreen):
                try:
                    screen = maker(fullscreen, self._settings)
                except (ImportError, SDL_ERROR) as error:
                    failures.append(str(error))
                    logger.debug("no %s by %s: %s", "fullscreen" if fullscreen else "window", maker.__name__, error)
                    continue
                if mode == "auto" and not fullscreen:
                    self._compromise = f"fullscreen does not open ({failures[0]}): shown in a window"
                    logger.warning("%s", self._compromise)
                return fullscreen, screen
        raise DisplayError(f"no screen opens ({failures[-1]}); end what else has it, or choose --display headless")


def gpu_screen(fullscreen: bool, settings: DisplaySettings) -> Screen:
    """A screen drawn by the GPU.

    Raises:
        ImportError: this pygame has no renderer.
        SDL_ERROR: it does not open, or there is no GPU.
    """
    from installation.display.renderer import RendererScreen

    if os.environ.get("SDL_RENDER_DRIVER") == "software":
        raise SDL_ERROR("SDL_RENDER_DRIVER asks for no GPU")  # SDL would also draw without one, only slower
    return RendererScreen(fullscreen, settings)


def connect() -> str:
    """Let SDL find a desktop or screen; returns the name of its driver.

    Raises:
        DisplayError: there is no screen, or this account may not use it.
    """
    prepare(os.environ)
    if os.environ.get("SDL_VIDEODRIVER") == KMSDRM and (problem := kms.obstacle()):
        raise DisplayError(problem)
    try:
        pygame.display.init()
    except SDL_ERROR as error:
        raise DisplayError(f"there is no screen here ({error}); {_cure()}") from None
    driver = pygame.display.get_driver().lower()  # SDL spells KMSDRM in upper or lower case
    if driver in BLIND_DRIVERS and os.environ.get("SDL_VIDEODRIVER") != driver:
        raise DisplayError(f"there is no screen here; {_cure()}")
    return driver


def reachable() -> str:
    """Why there is no screen, as one sentence with its cure; empty where there is one. Opens no window."""
    try:
        connect()
    except DisplayError as error:
        return str(error)
    finally:
        pygame.display.quit()
    return ""


def prepare(environment: MutableMapping[str, str]) -> None:
    """Set SDL's options in the environment; existing ones stay."""
    environment.setdefault("SDL_RENDER_SCALE_QUALITY", "linear")
    environment.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "0")
    environment.setdefault("SDL_AUDIODRIVER", "dummy")
    if environment.get("SDL_RENDER_DRIVER") == "software":
        # Otherwise SDL would present a plain window through OpenGL.
        environment.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    desktop = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    if sys.platform == "linux" and not desktop:
        # Without a desktop use KMSDRM; otherwise SDL may choose a driver without a screen.
        environment.setdefault("SDL_VIDEODRIVER", KMSDRM)
        # The Pi's GPU supports OpenGL ES. SDL prefers OpenGL, which without libGL opens and draws nothing.
        environment.setdefault("SDL_RENDER_DRIVER", GLES)
        environment.setdefault("SDL_FRAMEBUFFER_ACCELERATION", GLES)


def _cure() -> str:
    if os.environ.get("SDL_VIDEODRIVER") == KMSDRM:
        return "connect one, use Debian's python3-pygame (PyPI's knows no KMSDRM), or choose --display headless"
    return "connect one, check DISPLAY or WAYLAND_DISPLAY, or choose --display headless"
