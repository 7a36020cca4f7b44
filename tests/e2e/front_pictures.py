"""Takes the README's three pictures of the real parts: ``python -m tests.e2e.front_pictures docs``.

The mirror in a full screen (Xvfb, ImageMagick), the visitor page on a phone and the technician's page (Chromium), the
last two before a real broker with stand-ins for the daemons that paint nothing.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from installation.collection import Collection
from installation.control.mqtt.client import Control
from installation.control.mqtt.info import InstallationInfo
from installation.fleet.client import FleetClient
from installation.fleet.page import FleetPage, PageOptions
from installation.network.tflite import NetworkFile
from installation.service.health import Health
from installation.settings import BrokerSettings, Settings, ShowSettings
from installation.show.commands import SetStyle
from installation.show.director import Director
from installation.show.offer import Offer
from installation.show.queue import CommandQueue
from installation.version import version
from tests.e2e.page.support import Mosquitto, browser, page_server

PHOTO = Path(__file__).parents[2] / "installation" / "training" / "photos" / "astronaut.webp"
FLEET = {
    "foyer-1": ("great-wave", 25.0, 58.2),
    "foyer-2": ("starry-night", 24.9, 61.0),
    "hall-1": ("scream", 25.0, 55.4),
    "hall-2": ("water-lilies", 25.0, 57.1),
    "stairs-1": ("udnie", 24.8, 63.9),
}
PASSWORD = "shown to nobody else"  # noqa: S105 - of a page that lives as long as this script


def main(folder: Path) -> None:
    """Take all three into a folder."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        take_mirror(work, folder / "front-mirror.webp")
        broker = Mosquitto(work)
        broker.start()
        try:
            with mirrors(broker.port):
                take_phone(work, broker.port, folder / "front-phone.webp")
                take_fleet(work, broker.port, folder / "front-fleet.webp")
        finally:
            broker.stop()


def take_mirror(work: Path, target: Path) -> None:
    """An upright screen of 720×1280 with a free photo before the camera."""
    stills = work / "stills"
    stills.mkdir()
    shutil.copy(PHOTO, stills)
    settings = work / "settings.toml"
    settings.write_text(
        f'[camera]\nsource = "stills:{stills}"\n[display]\nmode = "fullscreen"\ncaption_seconds = 0.0\n'
        f'[page]\nurl = "http://mirror.gallery.example/#foyer-1"\n[show]\nattract = false\nstyle = "starry-night"\n'
        f'[network]\nsize = 512\n[paths]\nstate = "{work}"\n'
    )
    read, write = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "720x1280x24", "-nolisten", "tcp"], pass_fds=(write,)
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        environment = {**os.environ, "DISPLAY": f":{pipe.readline().strip()}"}
    mirror = subprocess.Popen([sys.executable, "-m", "installation", "run", "--config", settings], env=environment)
    try:
        shot = work / "mirror.png"
        for _ in range(100):
            time.sleep(3)
            subprocess.run(["import", "-window", "root", shot], env=environment, check=True, timeout=60)
            with Image.open(shot) as picture:
                paper = picture.convert("L").crop((190, 560, 520, 585))
            if np.ptp(np.asarray(paper)) > 20:  # no card hangs over it any more
                break
        time.sleep(3)
        subprocess.run(["import", "-window", "root", shot], env=environment, check=True, timeout=60)
        save(shot, target)
    finally:
        for process in (mirror, screen):
            process.terminate()
            process.wait(20)


@contextlib.contextmanager
def mirrors(port: int) -> Iterator[None]:
    """Five mirrors that say what mirrors say."""
    collection = Collection.load()
    offer = Offer.of(collection, ShowSettings())
    sha256 = NetworkFile.load(collection.network_path).sha256
    controls = []
    for identity, (style, fps, temperature) in FLEET.items():
        group = identity.partition("-")[0]
        broker = BrokerSettings(url=f"mqtt://127.0.0.1:{port}", homeassistant=False)
        info = InstallationInfo(
            id=identity, name=f"{group.title()} {identity[-1]}", group=group, version=version(),
            network_sha256=sha256, url="", styles=offer.styles,
        )  # fmt: skip
        control = Control(Settings(broker=broker), info, CommandQueue())
        control.start()
        director = Director(ShowSettings(morph_seconds=0.0, attract=False), offer, time.monotonic())
        director.obey(SetStyle(style), time.monotonic())
        control.health(Health(
            fps=fps, inference_ms=14.7, frame_age=0.04, camera="ok", display="ok", broker="ok", temperature=temperature,
            throttled=False, rss_mb=119.0, uptime=86_400.0, restarts=0, dropped_commands=0, version=version(),
        ))  # fmt: skip
        time.sleep(1)
        control.show(director.scene(time.monotonic() + 5, None))
        controls.append(control)
    yield
    for control in controls:
        control.stop()


def take_phone(work: Path, port: int, target: Path) -> None:
    """The visitor page, as wide as a small phone."""
    server = page_server(port)
    try:
        with browser(work / "phone") as driver:
            driver.get(f"{server.url}#foyer-1")
            time.sleep(6)
            driver.save_screenshot(str(work / "phone.png"))
    finally:
        server.stop()
    save(work / "phone.png", target)


def take_fleet(work: Path, port: int, target: Path) -> None:
    """The technician's page."""
    file = work / "password"
    file.write_text(PASSWORD)
    with FleetClient(BrokerSettings(url=f"mqtt://127.0.0.1:{port}")) as client:
        client.wait(lambda: len(client.roster.members) == len(FLEET), 10)
        with (
            FleetPage(client, PageOptions("127.0.0.1:0", file)) as page,
            browser(work / "fleet", width=740, height=700) as driver,
        ):
            driver.get(page.url.replace("://", f"://technician:{PASSWORD.replace(' ', '%20')}@"))
            time.sleep(3)
            driver.save_screenshot(str(work / "fleet.png"))
    save(work / "fleet.png", target)


def save(shot: Path, target: Path) -> None:
    """As WebP, small enough for a README."""
    with Image.open(shot) as picture:
        small = picture.convert("RGB")
        small.thumbnail((740, 1110), Image.Resampling.LANCZOS)
        small.save(target, quality=82, method=6)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
