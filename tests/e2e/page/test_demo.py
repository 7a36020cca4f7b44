"""The page of the demo."""

import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installation.control.web import embedded
from tests.e2e.page.support import NEEDS_BROWSER, StubMirror, until
from tests.e2e.page.visit import TAP, Visit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), NEEDS_BROWSER]


@pytest.mark.parametrize("name", ["mosquitto", "amqtt"])
def test_the_demos_brokers_do_too(driver: Any, name: str) -> None:
    if name == "amqtt":
        pytest.importorskip("amqtt", reason="amqtt is not installed (demo extra)")
    with embedded.start("mirror", prefer=name) as running:
        mirror = StubMirror(int(running.broker_url.rsplit(":", 1)[1]))
        visit = Visit(driver, running.page_url)
        visit.open("")
        visit.shows("great-wave")
        visit.tap("scream")
        visit.shows("scream")
        mirror.stop()
        visit.says("status", "offline")
        driver.get("about:blank")


class Demo:
    """``art-installation demo`` as somebody types it."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "installation", "demo", "--display", "headless", *options]
        environment = {**os.environ, "XDG_STATE_HOME": str(folder), "STATE_DIRECTORY": str(folder)}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.page_url = self._read_page_url()

    def _read_page_url(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("Visitor page: "):
                return line.removeprefix("Visitor page: ").strip()
        raise RuntimeError(f"the demo ended with {self._process.wait(10)} before it named its page")

    def stop(self) -> int:
        self._process.terminate()
        self._process.communicate(timeout=20)
        return self._process.returncode


@pytest.fixture
def demo(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Demo]:
    demo = Demo(tmp_path, *getattr(request, "param", ()))
    yield demo
    demo.stop()


def test_the_real_demo_obeys_a_tap_and_ends_in_order(driver: Any, demo: Demo) -> None:
    visit = Visit(driver, demo.page_url)
    visit.open("")
    until(visit.on_screen, 60, "the demo's page shows no style")
    visit.tap("scream")
    visit.shows("scream")
    driver.get("about:blank")
    assert demo.stop() == 0


@pytest.mark.parametrize("demo", [("--lan", "127.0.0.2")], indirect=True)
def test_a_phone_in_the_network_gets_there_with_the_key_in_the_link(driver: Any, demo: Demo) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.2:\d+/[\w-]{12}/#mirror", demo.page_url)
    visit = Visit(driver, demo.page_url)
    visit.open("")
    until(visit.on_screen, 60, "the demo's page shows no style")
    visit.tap("scream")
    visit.shows("scream")
    driver.get("about:blank")


@pytest.mark.parametrize("demo", [("--camera", "synthetic")], indirect=True)
def test_tap_to_picture_of_the_real_daemon(driver: Any, demo: Demo) -> None:
    """A state follows what is on screen, so this is the picture's time and the way of its news to the page."""
    visit = Visit(driver, demo.page_url)
    visit.open("")
    until(visit.on_screen, 60, "the demo's page shows no style")
    times = [driver.execute_async_script(TAP, ("scream", "great-wave")[count % 2]) for count in range(60)]
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"tap to picture to page: median {statistics.median(times):.1f} ms, p95 {p95:.1f} ms")
    assert p95 < 1000  # 100 ms is the aim; this machine may be busy
    driver.get("about:blank")
