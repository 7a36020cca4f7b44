"""The window on SDL's own blind driver: everything is drawn, nobody sees it."""

import numpy as np
import pytest

from installation.display import make_display
from installation.display.base import Caption, Card, Identify, View
from installation.display.headless import HeadlessDisplay
from installation.display.window import WindowDisplay
from installation.errors import DisplayError
from installation.settings import DisplaySettings
from installation.show.commands import PickStyle, Quit, StepStyle

pygame = pytest.importorskip("pygame")

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def corners():
    """Red at the top left, green at the top right, blue at the bottom left, white at the bottom right."""
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:32, :32], picture[:32, 32:], picture[32:, :32], picture[32:, 32:] = RED, GREEN, BLUE, WHITE
    return picture


@pytest.fixture(params=["gpu", "cpu"])
def window(request, monkeypatch):
    """Opens windows, drawn by SDL's renderer or without it."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    if request.param == "gpu":  # SDL's own renderer stands in for a GPU
        monkeypatch.setattr(pytest.importorskip("installation.display.renderer"), "ACCELERATED", -1)
    opened = []

    def make(**settings):
        settings = {"mirror": False, "relief": 0.0, "width": 320, "height": 320, **settings}
        display = make_display("window", DisplaySettings(**settings))
        display.open()
        assert display.driver == ("dummy" if request.param == "gpu" else "dummy, no GPU")
        opened.append(display)
        return display

    yield make
    for display in opened:
        display.close()


def seen_corners(pixels):
    """The colours an eighth of the way in from each corner."""
    height, width = pixels.shape[:2]
    ys, xs = (height // 8, height * 7 // 8), (width // 8, width * 7 // 8)
    return [tuple(int(value) for value in pixels[y, x]) for y in ys for x in xs]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [RED, GREEN, BLUE, WHITE]),
        ({"mirror": True}, [GREEN, RED, WHITE, BLUE]),
        ({"rotation": 90}, [BLUE, RED, WHITE, GREEN]),
        ({"rotation": 180}, [WHITE, BLUE, GREEN, RED]),
        ({"rotation": 270}, [GREEN, WHITE, RED, BLUE]),
        ({"rotation": 90, "mirror": True}, [WHITE, GREEN, BLUE, RED]),
    ],
)
def test_mirror_and_rotation(window, settings, expected):
    assert seen_corners(window(**settings).grab(View(picture=corners()))) == expected


def test_contain_leaves_black_bars(window):
    pixels = window(fit="contain", width=640).grab(View(picture=corners()))
    assert not pixels[:, :150].any()
    assert not pixels[:, -150:].any()
    assert pixels[:, 170:470].any()


def test_black_hides_everything(window):
    view = View(picture=corners(), card=Card("a", "b"), caption=Caption("a", "b", "c"), black=True)
    assert not window().grab(view).any()


def test_a_card_has_words(window):
    pixels = window().grab(View(card=Card("Living mirror", "Closed now.\nTue–Fri 10:00–18:00")))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 5


def test_a_card_is_drawn_again_now_and_then_only(window, monkeypatch):
    display = window()
    drawn = []
    compositor = display._compositor
    draw = compositor.draw

    def counted(view):
        drawn.append(view)
        draw(view)

    monkeypatch.setattr(compositor, "draw", counted)
    card = Card("Living mirror", "Closed now.")
    for _ in range(10):
        display.show(View(card=card))
    assert len(drawn) == 1
    display.show(View(card=card, identify=Identify(("mirror",))))
    display.show(View(picture=corners()))
    display.show(View(picture=corners()))
    display.show(View(card=card))
    assert len(drawn) == 5
    pygame.event.post(pygame.event.Event(pygame.WINDOWEXPOSED))
    display.events()
    display.show(View(card=card))
    assert len(drawn) == 6, "another window uncovered it"


def test_the_caption_fades(window):
    display = window()
    bare = display.grab(View(picture=corners())).astype(int)
    differences = [
        np.abs(
            display.grab(View(picture=corners(), caption=Caption("The Wave", "Hokusai", "1831", alpha))) - bare
        ).mean()
        for alpha in (0.0, 0.5, 1.0)
    ]
    assert differences[0] == 0
    assert 0 < differences[1] < differences[2]


def test_a_caption_with_a_code_is_larger(window):
    display = window(width=640, height=640)
    picture = np.zeros((64, 64, 3), np.uint8)
    bare, coded = (
        display.grab(View(picture=picture, caption=Caption("Wave", "Hokusai", "1831", 1.0, url))).any(2).sum()
        for url in ("", "http://192.168.1.2:8080/?m=mirror-7")
    )
    assert coded > 1.3 * bare


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_words_are_as_sharp_on_a_screen_that_hangs_on_its_side(window, rotation):
    size = {"width": 640, "height": 360}
    picture = np.full((36, 64, 3), 128, np.uint8)
    titles = ("Wave", "The Wave", "The Great Wave", "The Great Wave off Kanagawa")  # of even and odd lengths
    views = [
        View(picture=picture, caption=Caption(title, "Hokusai", "1831", url="http://hub.example/")) for title in titles
    ]
    hung = window(**(size if rotation == 180 else {"width": 360, "height": 640}), rotation=rotation)
    seen = [np.rot90(hung.grab(view), rotation // 90) for view in views]
    upright = window(**size)
    for view, turned in zip(views, seen, strict=True):
        assert np.array_equal(turned, upright.grab(view))


@pytest.mark.parametrize("rotation", [0, 90])
def test_words_of_any_length_fit(window, rotation):
    display = window(rotation=rotation)
    long = "An extremely long title that somebody gave to a painting " * 4
    display.show(View(picture=corners(), caption=Caption(long, long, "1831", 1.0, "http://hub.example/" + "x" * 200)))
    display.show(View(card=Card(long, "\n".join([long, "", "\0"]))))
    display.show(View(picture=corners(), identify=Identify((long, ""))))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_caption_hangs_at_the_viewers_lower_left(window, rotation):
    """Where it is once the screen is turned back, whatever draws it."""
    display = window(rotation=rotation, width=480, height=320)
    picture = np.zeros((64, 64, 3), np.uint8)
    pixels = display.grab(View(picture=picture, caption=Caption("Wave", "Hokusai", "1831")))
    upright = np.rot90(pixels, rotation // 90)
    rows, columns = np.nonzero(upright.any(2))
    margin = 320 // 24
    assert abs(columns.min() - margin) <= 1
    assert abs(upright.shape[0] - rows.max() - 1 - margin) <= 1
    assert rows.min() > upright.shape[0] // 2


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("fit", ["cover", "contain"])
def test_a_picture_is_scaled_smoothly_and_whole(window, rotation, fit):
    """A ramp stays a ramp: no steps as large as the picture's own pixels, no seam at the edges."""
    ramp = np.repeat(np.linspace(0, 255, 32).astype(np.uint8)[None, :, None], 32, 0).repeat(3, 2)
    pixels = window(rotation=rotation, fit=fit, width=640, height=320, sharpening=0.0).grab(View(picture=ramp))
    upright = np.rot90(pixels, rotation // 90)
    line = upright[upright.shape[0] // 2, :, 0].astype(int)
    line = line[line > 0] if fit == "contain" else line
    assert (np.diff(line) >= 0).all()
    assert np.diff(line).max() <= 4
    if fit == "contain" or rotation == 0:  # the others cut its ends off
        assert line[0] <= 12
        assert line[-1] >= 243


def test_a_picture_reaches_the_gpu_in_the_layout_of_its_texture(monkeypatch):
    """pygame 2.1, as Debian 12 has it, copies the bytes whatever they stand for."""
    renderer = pytest.importorskip("installation.display.renderer")
    reached = []

    class Texture:
        def __init__(self, _renderer, size, depth, streaming):
            assert (size, depth, streaming) == ((3, 2), 32, True)

        def update(self, surface):
            reached.append(surface.copy())

    monkeypatch.setattr(renderer, "Texture", Texture)
    renderer.Streamed(None, (3, 2)).updated(np.full((2, 3, 3), (200, 100, 50), np.uint8))
    assert [mask % 2**32 for mask in reached[0].get_masks()] == [0xFF0000, 0xFF00, 0xFF, 0xFF000000]
    assert tuple(reached[0].get_at((2, 1))) == (200, 100, 50, 255)


def test_pictures_of_changing_size(window):
    display = window()
    for size in (64, 192, 64):
        display.show(View(picture=np.full((size, size, 3), 9, np.uint8)))


def test_keys_and_the_closing_of_the_window(window):
    display = window()
    display.events()
    for key in (pygame.K_3, pygame.K_RIGHT, pygame.K_F5, pygame.K_q):
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key))
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert display.events() == [PickStyle(2), StepStyle(1), Quit(), Quit()]


def test_closing_twice_and_showing_after(window):
    display = window()
    display.close()
    display.close()
    with pytest.raises(DisplayError):
        display.show(View(black=True))


def test_the_renderers_own_error_is_a_lost_screen(monkeypatch):
    """It is no ``pygame.error``, so it needs a look of its own."""
    sdl2 = pytest.importorskip("pygame._sdl2.sdl2")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    display = make_display("window", DisplaySettings())
    display.open()

    def fail():
        raise sdl2.error("lost")

    assert isinstance(display, WindowDisplay)
    monkeypatch.setattr(display._screen, "present", fail)
    with pytest.raises(DisplayError, match=r"the screen is gone \(lost\)"):
        display.show(View(black=True))
    display.close()


def test_headless_keeps_the_last_view_and_takes_keys():
    display = make_display("headless", DisplaySettings())
    assert isinstance(display, HeadlessDisplay)
    display.open()
    view = View(black=True)
    display.show(view)
    assert display.view is view
    display.press(StepStyle(1))
    assert display.events() == [StepStyle(1)]
    assert display.events() == []
    display.close()
