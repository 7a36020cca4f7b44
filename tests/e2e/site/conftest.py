"""The exported site in a real Chromium, whose camera shows the bundled clip."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installation.cli import main
from tests.browser.scenes import CLIP
from tests.e2e.page.support import browser
from tests.e2e.site.hosting import Site

# Chromium's own traffic, which is not the site's.
QUIET = (
    "--disable-features=NetworkTimeServiceQuerying,OptimizationHints,MediaRouter,Translate",
    "--disable-domain-reliability",
)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("site")
    assert main(["export", "browser", "-o", str(folder)]) == 0
    return folder


def headers_of(folder: Path) -> dict[str, str]:
    """As a host reads them."""
    _, *lines = (folder / "_headers").read_text().splitlines()
    return dict(line.strip().split(": ", 1) for line in lines)


@pytest.fixture(scope="session")
def camera_flags(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """A camera that shows the bundled clip."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    film = tmp_path_factory.mktemp("camera") / "clip.y4m"
    scaling = ["-vf", "scale=640:480", "-pix_fmt", "yuv420p", "-r", "30", "-t", "3"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(CLIP), *scaling, str(film)], check=True)
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )


@pytest.fixture(scope="session")
def site(exported: Path) -> Iterator[Site]:
    site = Site(exported, headers_of(exported))
    yield site
    site.close()


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory, site: Site, camera_flags: tuple[str, ...]) -> Iterator[Any]:
    with browser(tmp_path_factory.mktemp("chromium"), flags=(*camera_flags, *site.proxy_flags, *QUIET)) as driver:
        driver.set_script_timeout(60)
        yield driver
