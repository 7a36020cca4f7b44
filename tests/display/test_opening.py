"""What opens when not everything can: the order of fall-backs, and the one sentence when nothing does."""

import logging
import os
import sys
import weakref

import pytest

pygame = pytest.importorskip("pygame")

from installation import display as screens  # noqa: E402 - pygame may be missing
from installation.display import kms, make_display, window  # noqa: E402
from installation.errors import DisplayError  # noqa: E402
from installation.settings import DisplaySettings  # noqa: E402


class Stubborn:
    """Stands in for SDL: opens only what is allowed, and remembers what it was asked for."""

    how = ", no GPU"
    size = (640, 480)

    def __init__(self, *allowed):
        self.allowed = allowed
        self.asked = []

    def gpu(self, fullscreen, _settings):
        return self._open("gpu", fullscreen)

    def cpu(self, fullscreen, _settings):
        return self._open("cpu", fullscreen)

    def close(self):
        pass

    def _open(self, engine, fullscreen):
        self.asked.append((engine, fullscreen))
        if self.asked[-1] not in self.allowed:
            raise pygame.error("it does not")
        return self


@pytest.fixture
def opened(monkeypatch):
    """Opens a display in a mode, on an SDL that only opens what is allowed."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")

    def open_(mode, *allowed):
        sdl = Stubborn(*allowed)
        monkeypatch.setattr(window, "gpu_screen", sdl.gpu)
        monkeypatch.setattr(window, "SurfaceScreen", sdl.cpu)
        display = make_display(mode, DisplaySettings())
        try:
            display.open()
            return display.name, sdl.asked
        finally:
            display.close()

    return open_


def test_auto_takes_the_whole_screen(opened):
    assert opened("auto", ("gpu", True), ("gpu", False)) == ("fullscreen 640×480", [("gpu", True)])


def test_no_gpu_is_no_reason_for_a_window(opened):
    assert opened("auto", ("cpu", True), ("gpu", False)) == ("fullscreen 640×480", [("gpu", True), ("cpu", True)])


def test_auto_falls_back_to_a_window_and_says_so(opened, caplog):
    with caplog.at_level(logging.WARNING):
        name, asked = opened("auto", ("cpu", False))
    assert name == "window 640×480"
    assert asked == [("gpu", True), ("cpu", True), ("gpu", False), ("cpu", False)]
    assert "in a window" in caplog.text


@pytest.mark.parametrize(("mode", "other"), [("fullscreen", False), ("window", True)])
def test_who_asks_for_one_does_not_get_the_other(opened, mode, other):
    with pytest.raises(DisplayError, match=r"^no screen opens \(it does not\); [^\n]*--display headless$"):
        opened(mode, ("gpu", other), ("cpu", other))


def test_without_a_desktop_there_are_no_windows(opened, monkeypatch):
    connect = window.connect
    monkeypatch.setattr(window, "connect", lambda: connect() and window.KMSDRM)
    assert opened("window", ("gpu", True), ("gpu", False))[0] == "fullscreen 640×480"


def test_a_pygame_without_renderer_still_shows(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.delitem(sys.modules, "installation.display.renderer", raising=False)
    monkeypatch.setitem(sys.modules, "pygame._sdl2.video", None)
    display = make_display("window", DisplaySettings())
    try:
        display.open()
        assert display.driver == "dummy, no GPU"
    finally:
        display.close()


def test_who_wants_no_gpu_gets_none(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_RENDER_DRIVER", "software")
    monkeypatch.setenv("SDL_FRAMEBUFFER_ACCELERATION", "0")
    monkeypatch.setattr(pytest.importorskip("installation.display.renderer"), "ACCELERATED", -1)
    display = make_display("window", DisplaySettings())
    try:
        display.open()
        assert display.driver == "dummy, no GPU"
    finally:
        display.close()


@pytest.mark.parametrize(("wanted", "expected"), [("software", "0"), ("opengl", None)])
def test_without_a_gpu_no_pixel_goes_through_opengl(wanted, expected):
    environment = {"DISPLAY": ":0", "SDL_RENDER_DRIVER": wanted}
    window.prepare(environment)
    assert environment.get("SDL_FRAMEBUFFER_ACCELERATION") == expected


def test_a_broken_renderer_leaves_no_window_behind(monkeypatch):
    renderer = pytest.importorskip("installation.display.renderer")
    destroyed = []

    class Window:
        def __init__(self, *_args, **_options):
            pass

        def destroy(self):
            destroyed.append(self)

    def refuse(*_args, **_options):
        raise pygame.error("no GPU")

    monkeypatch.setattr(renderer, "Window", Window)
    monkeypatch.setattr(renderer, "Renderer", refuse)
    with pytest.raises(renderer.SDL_ERROR, match="no GPU"):
        renderer.RendererScreen(False, DisplaySettings())
    assert len(destroyed) == 1


class Part:
    """Something of SDL's that must be gone before its window is."""

    def to_surface(self):
        return pygame.Surface((640, 480), depth=32)


def test_the_window_goes_after_all_that_draws_in_it(monkeypatch):
    """Debian's SDL crashed at every stop on a screen without a desktop."""
    renderer = pytest.importorskip("installation.display.renderer")
    alive = []

    class Window:
        size = (640, 480)

        def __init__(self, *_args, **_options):
            pass

        def destroy(self):
            alive.append([part() is not None for part in parts])

    made = [Part(), Part(), Part()]
    parts = [weakref.ref(part) for part in made]
    monkeypatch.setattr(renderer, "Window", Window)
    monkeypatch.setattr(renderer, "make_renderer", lambda _window: made.pop())
    monkeypatch.setattr(renderer, "prove", lambda _renderer: None)
    screen = renderer.RendererScreen(False, DisplaySettings())
    screen._picture, screen._relief = ((8, 8), made.pop()), ((8, 8), made.pop())
    screen.close()
    assert alive == [[False, False, False]]


def test_a_gpu_that_opens_and_draws_nothing_is_none(monkeypatch):
    """SDL's OpenGL without libGL clears the screen and leaves out all else."""
    renderer = pytest.importorskip("installation.display.renderer")
    destroyed = []

    class Window:
        def __init__(self, *_args, **_options):
            pass

        def destroy(self):
            destroyed.append(part())  # nothing that draws outlives it

    class Blind(Part):
        def clear(self):
            pass

        def present(self):
            pass

    class Texture:
        @classmethod
        def from_surface(cls, _renderer, _surface):
            return cls()

        def draw(self, *_args):
            pass

    made = [Blind()]
    part = weakref.ref(made[0])
    monkeypatch.setattr(renderer, "Window", Window)
    monkeypatch.setattr(renderer, "Texture", Texture)
    monkeypatch.setattr(renderer, "make_renderer", lambda _window: made.pop())
    with pytest.raises(RuntimeError, match="draws nothing; install libgles2"):
        renderer.RendererScreen(False, DisplaySettings())
    assert len(destroyed) == 1


@pytest.mark.parametrize("spelling", ["kmsdrm", "KMSDRM"])
def test_a_screen_without_a_desktop_is_known_by_either_name(spelling, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr(pygame.display, "get_driver", lambda: spelling)
    try:
        assert window.connect() == window.KMSDRM
    finally:
        pygame.display.quit()


def test_without_a_desktop_the_gpu_speaks_opengl_es(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    environment: dict[str, str] = {}
    window.prepare(environment)
    assert environment["SDL_RENDER_DRIVER"] == environment["SDL_FRAMEBUFFER_ACCELERATION"] == "opengles2"


@pytest.fixture
def no_desktop(monkeypatch):
    """A machine without a desktop, whatever this one has."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")


@pytest.mark.parametrize("mode", ["auto", "fullscreen", "window"])
def test_no_screen_is_one_sentence(monkeypatch, mode):
    monkeypatch.setenv("SDL_VIDEODRIVER", "no-such-driver")
    with pytest.raises(DisplayError, match=r"^there is no screen here \(.*\); connect one[^\n]*--display headless$"):
        make_display(mode, DisplaySettings()).open()


def test_a_driver_that_shows_nothing_is_no_screen(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy,dummy")  # SDL settled for it by itself
    monkeypatch.setattr(pygame.display, "init", lambda: None)
    monkeypatch.setattr(pygame.display, "get_driver", lambda: "offscreen")
    assert screens.missing().startswith("there is no screen here; ")


def test_what_stands_in_the_way_of_kmsdrm_is_said(no_desktop, monkeypatch):
    monkeypatch.setattr(kms, "obstacle", lambda: "there is no graphics device; plug one in")
    with pytest.raises(DisplayError, match=r"^there is no graphics device; plug one in$"):
        make_display("auto", DisplaySettings()).open()
    assert screens.missing() == "there is no graphics device; plug one in"
    assert os.environ["SDL_VIDEODRIVER"] == window.KMSDRM


def test_an_sdl_without_kmsdrm_names_the_package(no_desktop, monkeypatch):
    def refuse():
        raise pygame.error("kmsdrm not available")

    monkeypatch.setattr(kms, "obstacle", lambda: "")
    monkeypatch.setattr(pygame.display, "init", refuse)
    with pytest.raises(DisplayError, match=r"\(kmsdrm not available\); .*python3-pygame"):
        make_display("auto", DisplaySettings()).open()


def test_nothing_is_missing_where_a_screen_answers(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    assert screens.missing() == ""
