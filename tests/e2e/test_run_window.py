"""The mirror in a real window on a virtual screen, looked at with a screenshot and driven with real keys."""

import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from installation.camera import bundled_clip

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.e2e,
    pytest.mark.skipif(
        not all(map(shutil.which, ("Xvfb", "import", "xdotool"))), reason="needs Xvfb, ImageMagick and xdotool"
    ),
]


@pytest.fixture
def screen():
    """A virtual screen of 1024×768; gives the environment that leads to it."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x768x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    environment = {
        name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    }
    yield {**environment, "DISPLAY": f":{number}"}
    server.terminate()
    server.wait(10)


@pytest.fixture
def shot(screen, tmp_path):
    """Take a screenshot: uint8 ``[768, 1024, 3]``."""

    def take(name="shot"):
        path = tmp_path / f"{name}.png"
        subprocess.run(["import", "-window", "root", path], env=screen, check=True, timeout=30)
        return np.asarray(Image.open(path).convert("RGB"))

    return take


def press(screen, key):
    # Without a window manager nobody gives a window the keyboard. The last of all windows is ours.
    search = ["xdotool", "search", "--class", ".*"]
    windows = subprocess.run(search, env=screen, check=True, timeout=30, capture_output=True, text=True).stdout.split()
    focus = ["xdotool", "windowfocus", "--sync", windows[-1], "sleep", "0.5", "key", key]
    subprocess.run(focus, env=screen, check=True, timeout=30)


def until(seen, seconds=60):
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, "it never came on screen"
        time.sleep(0.3)


def colours(pixels):
    return len(np.unique(pixels[::8, ::8].reshape(-1, 3), axis=0))


def moves(shot):
    """Whether the mirror paints: a card hangs over a still of many colours, which rests."""
    before = shot().astype(int)
    time.sleep(0.3)
    after = shot()
    return colours(after) > 500 and np.abs(after - before).mean() > 1


@pytest.mark.parametrize("mode", ["window", "fullscreen"])
def test_a_visitor_sees_a_picture_and_the_keys_work(screen, shot, tmp_path, mode):
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'[camera]\nsource = "video:{bundled_clip()}"\n[display]\nmode = "{mode}"\ncaption_seconds = 0.0\n'
        f'[show]\nattract = false\nmorph_seconds = 0.0\n[paths]\nstate = "{tmp_path}"\n'
    )
    with subprocess.Popen(
        [sys.executable, "-m", "installation", "run", "--config", settings],
        env=screen,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            until(lambda: process.poll() is not None or moves(shot))
            if mode == "fullscreen":  # no window manager stretches it here
                whole = shot()
                corners = whole[:60, :60], whole[:60, -60:], whole[-60:, -60:]
                assert all(corner.std() > 1 for corner in corners), "the picture does not fill the screen"
            press(screen, "space")  # held, so that only what we ask for changes
            until(lambda: np.abs(shot("still").astype(int) - shot("held")).mean() < 1)
            held = shot("held").astype(int)
            press(screen, "2")  # a choice lets it go on
            until(lambda: np.abs(shot("second") - held).mean() > 5)
            press(screen, "q")
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
